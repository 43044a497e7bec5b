import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { RemoteClock } from "@rolecall/common/time/remote-clock";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeBroker } from "../../test/support/fake-broker.ts";
import type { NodeReport, ReportAnswer } from "./ports/broker.ts";
import { reportNode } from "./report-node.ts";

class RecordingBroker extends FakeBroker {
  readonly reports: NodeReport[] = [];
  override async report(report?: NodeReport): Promise<ReportAnswer> {
    if (report) this.reports.push(report);
    return super.report();
  }
}

let clock: FakeClock;
let broker: RecordingBroker;
let report: NodeReport;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  clock = new FakeClock();
  broker = new RecordingBroker();
  report = {
    viewGeneration: 0,
    podsWithAddress: 0,
    interception: "unknown",
    probe: "unknown",
    interceptedConnections: 0,
    refusedPackets: 0,
  };
  stop = new AbortController();
  const log = createLogger("agent", "error", () => {});
  running = reportNode({ broker, current: () => report, awsClock: new RemoteClock(clock), clock, log })(stop.signal);
  await clock.whenWaiting();
});
afterEach(async () => {
  stop.abort();
  await running;
});

test("the servers hear every 15 s, whatever grows meanwhile", async () => {
  report = { ...report, podsWithAddress: 7, interceptedConnections: 100 };
  await clock.advance(14_000);
  expect(broker.reports).toHaveLength(1);
  await clock.advance(1_000);
  expect(broker.reports.at(-1)).toMatchObject({ podsWithAddress: 7 });
});

test("a node that becomes able to answer, ceases to be, or had its rules changed, says so within a second", async () => {
  report = { ...report, viewGeneration: 3, interception: "in-place" };
  await clock.advance(1_000);
  expect(broker.reports.at(-1)).toMatchObject({ viewGeneration: 3 });
  report = { ...report, viewGeneration: 4 };
  await clock.advance(1_000);
  expect(broker.reports).toHaveLength(2);
  const drift = { times: 1, secondsSinceLast: 0 };
  for (const change of [{ interception: "broken" }, { probe: "passed-by" }, { drift }] as const) {
    report = { ...report, ...change };
    await clock.advance(1_000);
    expect(broker.reports.at(-1)).toMatchObject(change);
  }
});
