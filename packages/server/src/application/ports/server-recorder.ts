import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";
import type { NodeChange } from "../../domain/feed/node-change.ts";

/** What the use cases count. */
export interface ServerRecorder {
  grantDecided(outcome: "granted" | "none" | DeniedReason): void;
  stsAnswered(outcome: "credentials" | FailedReason, seconds: number): void;
  streamOpened(): void;
  streamClosed(): void;
  /** One message of a node feed, by the kind of change it carries. */
  updateSent(kind: "snapshot" | NodeChange["kind"]): void;
  /** Changes were handed to an agent's stream so long after the first of them. */
  feedLagged(seconds: number): void;
  feedBytesSent(bytes: number): void;
}
