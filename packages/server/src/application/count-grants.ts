import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";
import { type AssumptionState, liveCredentials } from "../domain/credentials/assumption-state.ts";
import type { Grant } from "../domain/policy/grant.ts";

/** A pod's grant and, where it is granted, how its assumption stands. */
export interface StandingGrant {
  readonly grant: Grant;
  readonly state: AssumptionState | undefined;
}

type GrantState = "ready" | "pending" | "failed" | "denied" | "none";

export interface GrantCount {
  readonly state: GrantState;
  /** Of what is denied or failed, else empty. */
  readonly reason: DeniedReason | FailedReason | "";
  readonly count: number;
}

/** How many pods stand in each way, for metrics. */
export function countGrants(grants: Iterable<StandingGrant>, nowMs: number): readonly GrantCount[] {
  const counts = new Map<string, GrantCount>();
  for (const each of grants) {
    const standing = standingOf(each, nowMs);
    const key = `${standing.state} ${standing.reason}`;
    counts.set(key, { ...standing, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function standingOf({ grant, state }: StandingGrant, nowMs: number): Omit<GrantCount, "count"> {
  switch (grant.kind) {
    case "none":
      return { state: "none", reason: "" };
    case "denied":
      return { state: "denied", reason: grant.reason };
    case "granted":
      // An agent that has been here before may hold credentials of a deferred assumption.
      if (state?.kind === "deferred" || (state && liveCredentials(state, nowMs))) return { state: "ready", reason: "" };
      return state?.kind === "failed"
        ? { state: "failed", reason: state.failure.reason }
        : { state: "pending", reason: "" };
  }
}
