import type { NodeView } from "../domain/credentials/node-view.ts";
import type { Standing } from "../domain/credentials/standing.ts";

export interface StandingCount {
  readonly standing: Standing["kind"];
  /** Of what is denied or failed, else empty. */
  readonly reason: string;
  readonly count: number;
}

/** How many of the node's pods stand in each way. */
export function countStandings(view: NodeView, nowMs: number): readonly StandingCount[] {
  const counts = new Map<string, StandingCount>();
  for (const { uid } of view.pods()) {
    const standing = view.standing(uid, nowMs);
    const reason = "reason" in standing ? standing.reason : "";
    const key = `${standing.kind} ${reason}`;
    counts.set(key, { standing: standing.kind, reason, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** How many of the node's pods have credentials ready for them. */
export const countReady = (view: NodeView, nowMs: number): number =>
  countStandings(view, nowMs).find(({ standing }) => standing === "ready")?.count ?? 0;
