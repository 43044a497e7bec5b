import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { Broker, NodeReport } from "./ports/broker.ts";

const INTERVAL_MS = 15_000;

/** Tells the servers every 15 s how this node fares. A report that is not taken is not repeated: the next one says more. */
export function reportNode(broker: Broker, current: () => NodeReport, clock: Clock, log: Logger): Task {
  return async (signal) => {
    while (!signal.aborted) {
      await broker.report(current(), signal).catch((error: unknown) => {
        log.debug({ problem: errorMessage(error) }, "could not report this node's state");
      });
      await sleep(clock, INTERVAL_MS, signal);
    }
  };
}
