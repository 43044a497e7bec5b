import type { Assumption } from "../../domain/credentials/assumption.ts";
import type { Pod } from "../../domain/pod/pod.ts";

/** Credentials that a node was given for pods of it. Holds no secret. */
export interface HandOut {
  readonly node: string;
  readonly pods: readonly Pick<Pod, "uid" | "namespace" | "name">[];
  readonly assumption: Assumption;
  readonly expiresAtMs: number;
  /** By which CloudTrail knows the call that obtained them. */
  readonly stsRequestId: string | undefined;
}

export interface AuditLog {
  /** Writes one line. Never throws: a trail that cannot be written takes no credentials from pods. */
  write(handOut: HandOut): void;
}
