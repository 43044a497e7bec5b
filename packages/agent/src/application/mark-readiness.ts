import type { Readiness } from "@rolecall/common/health/readiness";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Marker } from "./ports/exchange.ts";

/**
 * Says by a marker whether the agent is ready. The kubelet cannot ask by HTTP: while one agent replaces another the admin
 * port is the old one's.
 */
export function markReadiness(readiness: Readiness, marker: Marker): Task {
  return async (signal) => {
    const mark = () => marker.set(readiness.problems().size === 0);
    const unsubscribe = readiness.onChange(mark);
    mark();
    await aborted(signal);
    unsubscribe();
    marker.set(false);
  };
}
