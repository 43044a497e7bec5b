import type { Task } from "@rolecall/common/lifecycle/run-together";
import { type Clock, sleep } from "@rolecall/common/time/clock";

/** Two looks at the rules: what they leave is 1 MB or so. */
const EVERY_MS = 20_000;

/**
 * Gives back what a process leaves that does a little all the time and is never at rest for long. V8 would wait until there
 * is much more of it: a quarter of what the process takes.
 *
 * @param collect collects all garbage and gives its memory back to the machine
 */
export function regularCollection(clock: Clock, collect: () => void): Task {
  return async (signal) => {
    while (!signal.aborted) {
      await sleep(clock, EVERY_MS, signal);
      if (!signal.aborted) collect();
    }
  };
}
