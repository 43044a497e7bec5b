import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";
import type { AgentReport, AssumptionStatus, FeedStatus, ServerStatus } from "./fleet-report.ts";

/** What one server knows of one pod: `GET /api/v1/pods/<namespace>/<name>` of its local API. */
export interface PodReport {
  readonly server: ServerStatus;
  /** Absent where the server's watch has brought no such pod. */
  readonly pod?: KnownPod;
  /** The namespace's annotation as written; absent where there is none. */
  readonly permitted?: string;
  /** kube2iam's, likewise; counts where the servers are told to heed it. */
  readonly allowedRoles?: string;
  /** Absent where the pod is. */
  readonly verdict?: PodVerdict;
  /** Absent where no node that is connected to this server needs it. */
  readonly assumption?: AssumptionStatus;
  /** Of the pod's node; absent where its agent is not connected to this server. */
  readonly feed?: FeedStatus;
  /** Of the pod's node; absent where its agent has not reported to this server. */
  readonly report?: AgentReport;
  /** Why the server last refused who dialled it from the pod's node; absent where it has not lately, or feeds the node. */
  readonly refused?: { readonly at: string; readonly reason: string };
}

export interface KnownPod {
  readonly uid: string;
  readonly node?: string;
  readonly ips: readonly string[];
  readonly role?: string;
}

export type PodVerdict =
  | { readonly kind: "none" }
  | { readonly kind: "denied"; readonly reason: DeniedReason; readonly detail: string }
  | { readonly kind: "granted"; readonly roleArn: string };

/** What came of asking STS once, for a person who has just changed IAM: `POST /api/v1/pods/<namespace>/<name>/assume-role`. */
export type TriedAssumption =
  | { readonly kind: "credentials"; readonly expiresAt: string }
  | { readonly kind: "failed"; readonly reason: FailedReason; readonly detail: string }
  /** STS was not asked in time: other calls came first, or the server stopped. */
  | { readonly kind: "unanswered" }
  /** The pod has no grant, so there is nothing to ask for. */
  | { readonly kind: "not-granted" }
  | { readonly kind: "not-found" }
  | { readonly kind: "too-often"; readonly retryAfterSeconds: number };
