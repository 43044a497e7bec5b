import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";

/**
 * What one server says of itself and of the nodes that are connected to it: `GET /api/v1/fleet` of its local API. Fields are
 * only ever added. Times are ISO 8601 in UTC. Nothing of it is a secret.
 */
export interface FleetReport {
  readonly server: ServerStatus;
  readonly counts: FleetCounts;
  /** Those whose agent is connected to this server or reported to it in the last minutes. */
  readonly nodes: readonly NodeStatus[];
  /** Every pod of the cluster that asks for a role. */
  readonly pods: readonly PodStatus[];
  /** Those that nodes connected to this server need, or needed until lately and whose credentials live. */
  readonly assumptions: readonly AssumptionStatus[];
  readonly certificates: readonly CertificateStatus[];
  /** The latest decisions that gave a pod no credentials, newest first. */
  readonly refusals: readonly Refusal[];
}

export interface ServerStatus {
  /** Its pod's name. */
  readonly name: string;
  readonly version: string;
  readonly startedAt: string;
  /** Whether it feeds agents. */
  readonly serving: boolean;
  /** Each check of readiness that does not pass, with its problem. */
  readonly problems: Readonly<Record<string, string>>;
  readonly region: string;
  /** What short role names are appended to; absent until it is known. */
  readonly roleBaseArn?: string;
  /** Who the server is to AWS; absent until STS has said it. */
  readonly callerArn?: string;
  readonly defaultDurationSeconds: number;
  readonly maxDurationSeconds: number;
  /** Whether kube2iam's annotation counts where a namespace has none of ours. */
  readonly readsAllowedRoles: boolean;
  /** Whether it tags pods' sessions, which their roles' trust policies must allow. */
  readonly tagsSessions: boolean;
  /** How far its clock is ahead of that of AWS, negative where it is behind; absent until STS has said its time. */
  readonly clockAheadSeconds?: number;
}

export interface FleetCounts {
  readonly pods: number;
  /** Pods by verdict: granted, none (no annotation) or the reason of the denial. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly assumptions: Readonly<Record<string, number>>;
}

export interface NodeStatus {
  readonly node: string;
  /** Absent where no agent of the node is connected to this server. */
  readonly feed?: FeedStatus;
  /** Absent until the agent has reported to this server. */
  readonly report?: AgentReport;
}

export interface FeedStatus {
  readonly connectedSince: string;
  readonly agentVersion: string;
  /** The number of the last update that was sent. */
  readonly sentGeneration: number;
}

export interface AgentReport {
  readonly at: string;
  readonly agentVersion: string;
  /** The number of the last update that the agent has applied. */
  readonly viewGeneration: number;
  readonly podsWithAddress: number;
  readonly interception: InterceptionState;
  /** What came of the node's last self-probe. */
  readonly probe: ProbeState;
  /** That something else changed the kernel rules, and the agent put them right; absent where that never happened. */
  readonly drift?: { readonly times: number; readonly lastAt: string };
  /** What the agent shows the servers; absent where it does not say. */
  readonly certificate?: CertificateStatus;
  /** How far the node's clock is ahead of that of AWS, negative where it is behind; absent until it is known. */
  readonly clockAheadSeconds?: number;
}

export type ProbeState = "unknown" | "off" | "arrives" | "refused" | "passed-by" | "lost" | "unavailable";

export type InterceptionState = "unknown" | "off" | "in-place" | "broken";

export interface PodStatus {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node?: string;
  readonly verdict: "granted" | DeniedReason;
  /** Where it is granted. */
  readonly roleArn?: string;
  /** `id` of its assumption. */
  readonly assumption?: string;
}

export interface AssumptionStatus {
  /** The same for the same assumption on every server. */
  readonly id: string;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly hasExternalId: boolean;
  readonly durationSeconds: number;
  readonly state: AssumptionStateName;
  /** Of the credentials that are held. */
  readonly expiresAt?: string;
  /** When STS is asked next. */
  readonly dueAt?: string;
  /** Why the last attempt failed. */
  readonly failure?: { readonly reason: FailedReason; readonly detail: string };
}

export type AssumptionStateName = "deferred" | "fetching" | "fresh" | "refreshing" | "stale" | "failed";

export interface CertificateStatus {
  readonly name: string;
  readonly expiresAt: string;
  /** From then on nobody can hope that it is renewed by itself. */
  readonly overdueAt: string;
}

export interface Refusal {
  readonly at: string;
  readonly namespace: string;
  readonly pod: string;
  readonly node?: string;
  readonly reason: DeniedReason | FailedReason;
  readonly detail: string;
}
