import { beforeEach, expect, test } from "@jest/globals";
import { Readiness } from "@rolecall/common/health/readiness";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import type { InterceptionReport } from "../domain/interception/interception-report.ts";
import { followInterception } from "./follow-interception.ts";
import { InterceptionLedger } from "./interception-ledger.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";

let clock: FakeClock;
let readiness: Readiness;
let recorded: string[];
let deliver: (report: InterceptionReport) => void;

const recorder: InterceptionRecorder = {
  rulesDrifted: (family, drift, atMs) => recorded.push(`${family} ${drift} at ${atMs}`),
  rulesChecked: (failure) => recorded.push(failure?.reason ?? "stand"),
  packetsCounted() {},
  probed: (result, times = 1) =>
    recorded.push(`probe ${result === "off" ? "off" : result?.outcome}${times > 1 ? ` ${times} times` : ""}`),
  failedOpen: (sight) => recorded.push(`failed open: ${sight}`),
  hostInterfaceChecked: (problem) => problem !== undefined && recorded.push(problem),
};
const problem = () => readiness.problems().get("interception");
const ledger = (selfProbe = true, keeper = "keeper-1") =>
  new InterceptionLedger({
    keeper,
    // By way of a file.
    board: { publish: (report) => deliver(structuredClone(report)) },
    nowMs: () => clock.nowMs(),
    standsBy: () => "another agent has the rules",
    selfProbe,
  });

beforeEach(() => {
  clock = new FakeClock();
  readiness = new Readiness();
  recorded = [];
  void followInterception({
    instance: "agent-1",
    reports: {
      follow: async (listener) => {
        deliver = listener;
      },
    },
    recorder,
    readiness,
    clock,
    onStanding() {},
  })(AbortSignal.abort());
});

test("an agent is ready when the rules lead to it and the probe has shown it", () => {
  const keeper = ledger();
  expect(problem()).toContain("the keeper has not reported yet");
  keeper.rulesChecked(undefined);
  expect(problem()).toBe("another agent has the rules");
  keeper.rulesChecked(undefined, "agent-1");
  expect(problem()).toContain("not been probed yet");
  keeper.probed({ outcome: "arrives" });
  expect(problem()).toBeUndefined();
});

test("readiness follows what the probe says, but for a node that cannot be probed", () => {
  const keeper = ledger();
  keeper.rulesChecked(undefined, "agent-1");
  keeper.probed({ outcome: "passed-by", problem: "something else answers" });
  expect(problem()).toBe("something else answers");
  keeper.probed({ outcome: "unavailable", problem: "no veth" });
  expect(problem()).toBeUndefined();
});

test("without a probe the listing has to do", () => {
  ledger(false).rulesChecked(undefined, "agent-1");
  expect(problem()).toBeUndefined();
  expect(recorded).toContain("probe off");
});

test("each probe and each time that a node failed open is counted once, whatever else is reported", () => {
  const keeper = ledger();
  keeper.failedOpen("rules");
  keeper.rulesChecked(undefined, "agent-1");
  keeper.failedOpen("path");
  keeper.probed({ outcome: "passed-by", problem: "x" });
  keeper.probed({ outcome: "arrives" });
  keeper.rulesChecked(undefined, "agent-1");
  const count = (what: string) => recorded.filter((each) => each === what).length;
  expect([count("failed open: rules"), count("failed open: path")]).toEqual([1, 1]);
  expect([count("probe passed-by"), count("probe arrives")]).toEqual([1, 1]);
});

test("an agent that starts beside a keeper of many days counts what that did at once", () => {
  deliver({
    keeper: "keeper-1",
    passes: 1,
    checkedAtMs: clock.nowMs(),
    leadsTo: "agent-1",
    drifts: {},
    packets: {},
    selfProbe: true,
    probes: { "passed-by": 2, arrives: 500_000 },
    probe: { outcome: "passed-by", problem: "something else answers" },
    failedOpen: {},
  });
  expect(recorded.filter((each) => each.startsWith("probe"))).toEqual([
    "probe arrives 500000 times",
    "probe passed-by 2 times",
  ]);
});

test("what was probed says nothing once the rules lead elsewhere", () => {
  const keeper = ledger();
  keeper.rulesChecked(undefined, "agent-1");
  keeper.probed({ outcome: "arrives" });
  keeper.rulesChecked(undefined);
  expect(recorded.at(-1)).toBe("probe undefined");
  expect(problem()).toBe("another agent has the rules");
});

test("a wrong interface is a problem of the agent, for as long as it is one", () => {
  const keeper = ledger();
  keeper.rulesChecked(undefined, "agent-1");
  keeper.probed({ outcome: "arrives" });
  keeper.hostInterfaceChecked("eni+ matches none");
  expect(problem()).toBe("eni+ matches none");
  keeper.hostInterfaceChecked(undefined);
  expect(problem()).toBeUndefined();
});

test("an agent that starts after its keeper learns when the rules were last found changed", () => {
  const keeper = ledger();
  keeper.rulesDrifted("ipv4", "chain-missing", 1_234);
  keeper.rulesChecked(undefined, "agent-1");
  expect(recorded).toContain("ipv4 chain-missing at 1234");
});
