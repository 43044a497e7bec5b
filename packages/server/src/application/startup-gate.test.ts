import { beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { StartupGate } from "./startup-gate.ts";

const GOOD = { viewGeneration: 1, interception: "STATE_IN_PLACE", probe: "PROBE_ARRIVES" };
const BAD = { ...GOOD, probe: "PROBE_REFUSED" };

let nowMs: number;
let tainted: Set<string>;
let failure: Error | undefined;
let asked: string[];
let outcomes: string[];
let lines: string[];
let gate: StartupGate;

beforeEach(() => {
  nowMs = 0;
  tainted = new Set(["node-1"]);
  failure = undefined;
  asked = [];
  outcomes = [];
  lines = [];
  gate = new StartupGate({
    taints: {
      async remove(node, key) {
        asked.push(`${node} ${key}`);
        if (failure) throw failure;
        return tainted.delete(node);
      },
    },
    clock: { nowMs: () => nowMs, setTimer: () => () => {} },
    log: createLogger("server", "info", (line) => lines.push(line)),
    onOutcome: (outcome) => outcomes.push(outcome),
  });
});

test("a node keeps its taint until its agent can answer", async () => {
  await gate.heard("node-1", BAD);
  expect(asked).toEqual([]);
  await gate.heard("node-1", GOOD);
  expect(asked).toEqual(["node-1 rolecall.dev/agent-not-ready"]);
  expect([tainted.size, outcomes]).toEqual([0, ["lifted"]]);
});

test("good reports that follow do not ask the API server each time, nor at once", async () => {
  await Promise.all([gate.heard("node-1", GOOD), gate.heard("node-1", GOOD)]);
  nowMs = 299_999;
  await gate.heard("node-1", GOOD);
  expect(asked).toHaveLength(1);
  nowMs = 300_000;
  await gate.heard("node-1", GOOD);
  expect(outcomes).toEqual(["lifted", "absent"]);
});

test("a node that was made anew under its name is freed anew", async () => {
  await gate.heard("node-1", GOOD);
  tainted.add("node-1");
  await gate.heard("node-1", BAD);
  await gate.heard("node-1", GOOD);
  expect(outcomes).toEqual(["lifted", "lifted"]);
});

test("what fails is said and tried again with the next report", async () => {
  failure = new Error("nodes is forbidden");
  await gate.heard("node-1", GOOD);
  expect(lines.join("")).toContain("nodes is forbidden");
  failure = undefined;
  await gate.heard("node-1", GOOD);
  expect(outcomes).toEqual(["failed", "lifted"]);
});
