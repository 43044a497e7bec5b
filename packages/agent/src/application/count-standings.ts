import type { NodeView } from "../domain/credentials/node-view.ts";

/** How many of the node's pods stand in each way. */
export function countStandings(view: NodeView, nowMs: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { uid } of view.pods()) {
    const { kind } = view.standing(uid, nowMs);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
