import type { Task } from "@rolecall/common/lifecycle/run-together";
import { type Clock, sleep } from "@rolecall/common/time/clock";

export interface IdleCollectionOptions {
  readonly clock: Clock;
  /** Processor time of this process until now, milliseconds. */
  readonly cpuMs: () => number;
  /** Collects all garbage and gives its memory back to the machine. */
  readonly collect: () => void;
}

const LOOK_MS = 2_000;
/** A twentieth of one core; without requests the agent uses a hundredth. */
const BUSY_MS = LOOK_MS / 20;
/** Ten seconds: a full collection also lets go of compiled code, which a burst that goes on would have to make again. */
const LOOKS_AT_REST = 5;

/**
 * Gives back, once the agent has been at rest for a while, what a burst of requests left behind. V8 collects when it allocates, so the
 * heap of a process at rest stays as large as its last burst made it: 10 MB more on every node, until the next one.
 */
export function idleCollection({ clock, cpuMs, collect }: IdleCollectionOptions): Task {
  return async (signal) => {
    let [usedMs, looksAtRest] = [cpuMs(), 0];
    while (!signal.aborted) {
      await sleep(clock, LOOK_MS, signal);
      if (signal.aborted) return;
      looksAtRest = cpuMs() - usedMs > BUSY_MS ? 0 : looksAtRest + 1;
      if (looksAtRest === LOOKS_AT_REST) collect();
      usedMs = cpuMs();
    }
  };
}
