import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import { clockWarning } from "@rolecall/common/telemetry/clock-warning";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { RemoteClock } from "@rolecall/common/time/remote-clock";
import type { Broker, NodeReport } from "./ports/broker.ts";

export interface ReportNodeOptions {
  readonly broker: Broker;
  readonly current: () => NodeReport;
  /** Learns from each answer, so that credentials end by this node's clock when they really do. */
  readonly awsClock: RemoteClock;
  readonly clock: Clock;
  readonly log: Logger;
}

const INTERVAL_MS = 15_000;
/** A timestamp on the wire is cut to whole milliseconds. */
const RESOLUTION_MS = 1;

/** Tells the servers every 15 s how this node fares. A report that is not taken is not repeated: the next one says more. */
export function reportNode({ broker, current, awsClock, clock, log }: ReportNodeOptions): Task {
  const warnOfClock = clockWarning(log);
  return async (signal) => {
    while (!signal.aborted) {
      const askedAtMs = clock.nowMs();
      try {
        const { awsNowMs } = await broker.report(current(), signal);
        if (awsNowMs !== undefined) {
          awsClock.learn({ askedAtMs, answeredAtMs: clock.nowMs(), saidMs: awsNowMs, resolutionMs: RESOLUTION_MS });
          warnOfClock(awsClock.offsetMs);
        }
      } catch (error) {
        log.debug({ problem: errorMessage(error) }, "could not report this node's state");
      }
      await sleep(clock, INTERVAL_MS, signal);
    }
  };
}
