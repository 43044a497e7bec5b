import { beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import type { ProbeAttempt } from "../domain/interception/probe-outcome.ts";
import { SelfProbe } from "./self-probe.ts";

const AGENT: ProbeAttempt = { kind: "answered", by: "agent" };
const ANOTHER: ProbeAttempt = { kind: "answered", by: "another" };
const REFUSED: ProbeAttempt = { kind: "refused" };

let metadata: ProbeAttempt[];
let ways: number;
let wayFailure: Error | undefined;
let recorded: string[];
let lines: { level: string; outcome: string }[];
let probe: SelfProbe;

beforeEach(() => {
  metadata = [];
  ways = 0;
  wayFailure = undefined;
  recorded = [];
  lines = [];
  probe = new SelfProbe({
    way: {
      async ensure() {
        ways += 1;
        if (wayFailure) throw wayFailure;
      },
    },
    requests: {
      askMetadata: async () => metadata.shift() ?? AGENT,
      connect: async () => REFUSED,
    },
    recorder: {
      probed: (result) => recorded.push(result === "off" ? "off" : String(result?.outcome)),
      failedOpen: (sight) => recorded.push(`failed open: ${sight}`),
    },
    logger: createLogger("keeper", "info", (line) => lines.push(JSON.parse(line))),
  });
});

test("its way is made once, and then only looked at when something is wrong", async () => {
  await probe.pass();
  await probe.pass();
  expect([ways, recorded]).toEqual([1, ["arrives", "arrives"]]);
});

test("what is wrong is believed the second time, after its own way has been put right", async () => {
  await probe.pass();
  metadata = [REFUSED];
  await probe.pass();
  expect([ways, recorded.at(-1)]).toEqual([2, "arrives"]);
  metadata = [REFUSED, REFUSED];
  await probe.pass();
  expect(recorded.at(-1)).toBe("refused");
});

test("an answer of something else is counted as a node that fails open", async () => {
  metadata = [ANOTHER, ANOTHER];
  await probe.pass();
  expect(recorded).toEqual(["failed open: path", "passed-by"]);
});

test("each change is one line", async () => {
  metadata = [AGENT, AGENT, ANOTHER, ANOTHER, ANOTHER, ANOTHER, AGENT];
  for (let time = 0; time < 5; time++) await probe.pass();
  expect(lines.map(({ level, outcome }) => [level, outcome])).toEqual([
    ["info", "arrives"],
    ["error", "passed-by"],
    ["info", "arrives"],
  ]);
});

test("a node whose link cannot be made says why once, and is probed when it can", async () => {
  wayFailure = new Error("Unknown device type");
  await probe.pass();
  await probe.pass();
  expect(recorded).toEqual(["unavailable", "unavailable"]);
  expect(lines).toEqual([expect.objectContaining({ level: "warn", problem: "Unknown device type" })]);
  wayFailure = undefined;
  await probe.pass();
  expect(recorded.at(-1)).toBe("arrives");
});

test("it runs when it is asked to, once for all that asked meanwhile", async () => {
  const stop = new AbortController();
  const running = probe.run(stop.signal);
  probe.request();
  probe.request();
  await new Promise(setImmediate);
  expect(recorded).toEqual(["arrives"]);
  probe.request();
  await new Promise(setImmediate);
  expect(recorded).toEqual(["arrives", "arrives"]);
  stop.abort();
  await running;
});
