import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import type { SilenceFacts } from "../domain/interception/silence.ts";
import { noticeSilence } from "./notice-silence.ts";

let clock: FakeClock;
let pods: number;
let connections: number;
let facts: SilenceFacts;
let isSilent: boolean | undefined;
let lines: Record<string, unknown>[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  clock = new FakeClock();
  pods = 1;
  connections = 0;
  facts = { hostInterfaceProblem: undefined, probe: { outcome: "arrives" } };
  lines = [];
  stop = new AbortController();
  running = noticeSilence({
    podsWithRole: () => pods,
    interceptedConnections: () => connections,
    facts: () => facts,
    report: (silent) => {
      isSilent = silent;
    },
    logger: createLogger("agent", "info", (line) => lines.push(JSON.parse(line))),
    clock,
  })(stop.signal);
  await clock.whenWaiting();
});
afterEach(async () => {
  stop.abort();
  await running;
});

test("five minutes without a connection are one warning, and the end of them is said", async () => {
  await clock.advance(299_000);
  expect([isSilent, lines]).toEqual([false, []]);
  await clock.advance(60_000);
  expect(isSilent).toBe(true);
  expect(lines).toEqual([expect.objectContaining({ level: "warn", likelyCause: expect.stringContaining("NO_PROXY") })]);
  connections = 1;
  await clock.advance(10_000);
  expect(isSilent).toBe(false);
  expect(lines).toHaveLength(2);
});

test("without a pod that has a role there is nothing to wait for", async () => {
  await clock.advance(250_000);
  pods = 0;
  await clock.advance(10_000);
  pods = 1;
  await clock.advance(290_000);
  expect(isSilent).toBe(false);
});

test.each<[string, SilenceFacts, RegExp]>([
  ["a wrong interface", { hostInterfaceProblem: "eni+ matches none", probe: { outcome: "arrives" } }, /eni\+/],
  [
    "a probe that is lost",
    { hostInterfaceProblem: undefined, probe: { outcome: "lost", problem: "dropped" } },
    /dropped/,
  ],
  ["no probe", { hostInterfaceProblem: undefined, probe: undefined }, /order of the node's rules/],
])("the likely cause is %s", async (_what, known, words) => {
  facts = known;
  await clock.advance(310_000);
  expect(lines[0]?.["likelyCause"]).toMatch(words);
});
