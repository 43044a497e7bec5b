import type { Task } from "@rolecall/common/lifecycle/run-together";
import { type Clock, sleep } from "@rolecall/common/time/clock";

export interface ConnectionAgeOptions {
  readonly broker: { reconnect(): void };
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Makes the connections to the servers anew when they have reached their age, give or take a tenth of it, so that agents
 * that started together do not connect together. The servers do the same; this is for one that does not.
 */
export function limitConnectionAge({ broker, maxAgeMs, clock, random }: ConnectionAgeOptions): Task {
  return async (signal) => {
    while (!signal.aborted) {
      await sleep(clock, maxAgeMs * (0.9 + 0.2 * random()), signal);
      if (!signal.aborted) broker.reconnect();
    }
  };
}
