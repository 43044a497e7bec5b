import type { Task } from "../lifecycle/run-together.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Clock, sleep } from "../time/clock.ts";
import { isPortTaken } from "./listen.ts";

const RETRY_MS = 1_000;

/** Runs a server that waits, instead of failing, while another process has its port. */
export function whenPortIsFree(server: Task, clock: Clock, log: Logger): Task {
  return async (signal) => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await server(signal);
      } catch (error) {
        if (!isPortTaken(error)) throw error;
        if (attempt === 1) log.info({ err: error }, "the port is another process's; it is tried again until that ends");
        await sleep(clock, RETRY_MS, signal);
      }
    }
  };
}
