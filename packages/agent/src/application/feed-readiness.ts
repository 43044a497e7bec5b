import type { Readiness } from "@rolecall/common/health/readiness";
import { feedProblem } from "../domain/credentials/feed-problem.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";

const CHECK = "feed";

/**
 * Makes readiness wait for the first snapshot. What is known stays in use while no server can be reached, so the check then
 * passes for ever.
 *
 * @returns hears how each attempt ended that brought nothing
 */
export function awaitFirstFeed(view: NodeView, readiness: Readiness): (ending: string) => void {
  readiness.expect(CHECK, "no server has fed this node yet");
  const unsubscribe = view.onChange(({ kind }) => {
    if (kind !== "snapshot") return;
    readiness.report(CHECK, undefined);
    unsubscribe();
  });
  return (ending) => {
    if (!view.hasSnapshot) readiness.report(CHECK, feedProblem(ending));
  };
}
