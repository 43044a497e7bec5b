import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Readiness } from "@rolecall/common/health/readiness";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import type { InterceptionReport } from "../domain/interception/interception-report.ts";
import { followInterception } from "./follow-interception.ts";

let clock: FakeClock;
let readiness: Readiness;
let recorded: string[];
let stood: number;
let deliver: (report: InterceptionReport) => void;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  readiness = new Readiness();
  recorded = [];
  stood = 0;
  stop = new AbortController();
  const task = followInterception({
    instance: "agent-1",
    reports: {
      follow: async (listener, signal) => {
        deliver = listener;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    },
    recorder: {
      rulesDrifted: (family, drift, _atMs, times = 1) => recorded.push(`${family} ${drift}, ${times}`),
      rulesChecked: (failure) => recorded.push(failure?.reason ?? "stand"),
      packetsCounted: (family, { refusedPackets }) => recorded.push(`${family} ${refusedPackets}`),
      probed() {},
      failedOpen() {},
      hostInterfaceChecked() {},
    },
    readiness,
    clock,
    onStanding: () => (stood += 1),
  });
  running = task(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

const report = (more: Partial<InterceptionReport> = {}): InterceptionReport => ({
  keeper: "keeper-1",
  passes: 1,
  checkedAtMs: clock.nowMs(),
  leadsTo: "agent-1",
  drifts: {},
  packets: {},
  selfProbe: false,
  probes: {},
  failedOpen: {},
  ...more,
});
const problem = () => readiness.problems().get("interception");

test("an agent is not ready before its keeper has reported", () => {
  expect(problem()).toMatch(/^the keeper has not reported yet: see the log of the container keeper/);
});

test("it is ready when the rules stand and lead to it", () => {
  deliver(report({ leadsTo: undefined, standsBy: "the agent before this one has the rules" }));
  expect([problem(), stood]).toEqual(["the agent before this one has the rules", 1]);
  deliver(report({ leadsTo: "agent-0" }));
  expect(problem()).toBe("the kernel rules do not lead to this agent yet");
  deliver(report());
  expect(problem()).toBeUndefined();
});

test("what the keeper cannot do is said in the keeper's words, and nothing stands", () => {
  deliver(report({ failure: { reason: "lock-held", sentence: "another program holds the lock" } }));
  expect([problem(), stood]).toEqual(["another program holds the lock", 0]);
});

test("a report that is left from a keeper of long ago is not taken for an alias that is there", () => {
  deliver(report({ checkedAtMs: clock.nowMs() - 31_000 }));
  expect([problem(), stood]).toEqual([expect.stringContaining("has not reported for 31 s"), 0]);
  deliver(report({ keeper: "keeper-2" }));
  expect([problem(), stood]).toEqual([undefined, 1]);
});

test("a keeper that falls silent is told of after 30 seconds, until it speaks again", async () => {
  deliver(report());
  await clock.advance(30_000);
  expect(problem()).toBeUndefined();
  await clock.advance(5_000);
  expect(problem()).toMatch(/^the keeper has not reported for 35 s/);
  deliver(report({ passes: 2 }));
  expect(problem()).toBeUndefined();
});

test("each pass and each drift is counted once, however often a report is read, and a new keeper begins anew", () => {
  const counters = { interceptedConnections: 0, refusedPackets: 7, refusedDirectPackets: 0 };
  const first = report({ drifts: { "ipv4 rule-changed": 2 }, packets: { ipv4: counters } });
  deliver(first);
  deliver(first);
  expect(recorded).toEqual(["ipv4 rule-changed, 2", "ipv4 7", "stand", "ipv4 7"]);
  recorded.length = 0;
  deliver(report({ passes: 2, drifts: { "ipv4 rule-changed": 3 } }));
  deliver(report({ keeper: "keeper-2", drifts: { "ipv4 rule-changed": 1 } }));
  expect(recorded).toEqual(["ipv4 rule-changed, 1", "stand", "ipv4 rule-changed, 1", "stand"]);
});
