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
/** How often is looked for a change that the servers should know sooner: a node's startup taint waits for it. */
const LOOK_MS = 1_000;
/** A timestamp on the wire is cut to whole milliseconds. */
const RESOLUTION_MS = 1;

/**
 * Tells the servers how this node fares: every 15 s, soon after it begins or ceases to be able to answer, and soon after its
 * rules were changed. A report that is not taken is not repeated: the next one says more.
 */
export function reportNode({ broker, current, awsClock, clock, log }: ReportNodeOptions): Task {
  const warnOfClock = clockWarning(log);
  const tell = async (report: NodeReport, signal: AbortSignal): Promise<void> => {
    const askedAtMs = clock.nowMs();
    try {
      const { awsNowMs } = await broker.report(report, signal);
      if (awsNowMs === undefined) return;
      awsClock.learn({ askedAtMs, answeredAtMs: clock.nowMs(), saidMs: awsNowMs, resolutionMs: RESOLUTION_MS });
      warnOfClock(awsClock.offsetMs);
    } catch (error) {
      log.debug({ problem: errorMessage(error) }, "could not report this node's state");
    }
  };
  return async (signal) => {
    let told: string | undefined;
    let dueMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const report = current();
      if (clock.nowMs() >= dueMs || ability(report) !== told) {
        told = ability(report);
        dueMs = clock.nowMs() + INTERVAL_MS;
        await tell(report, signal);
      }
      await sleep(clock, LOOK_MS, signal);
    }
  };
}

/** What decides whether the node can answer for its pods, and whether it lately could not. */
const ability = ({ viewGeneration, interception, probe, drift }: NodeReport): string =>
  `${viewGeneration > 0} ${interception} ${probe} ${drift?.times}`;
