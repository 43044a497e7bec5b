import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { keepTokenKeys } from "./keep-token-keys.ts";

let clock: FakeClock;
let reads: number;
let problem: string | undefined;
let lines: string[];
let used: () => void;
let stopping: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  [reads, problem, lines] = [0, undefined, []];
  stopping = new AbortController();
  const keys = {
    async read() {
      reads += 1;
      if (problem !== undefined) throw new Error(problem);
    },
  };
  const log = createLogger("server", "info", (line) => lines.push(line));
  const onUsed = (listener: () => void) => {
    used = listener;
    return () => {};
  };
  running = keepTokenKeys({ keys, onUsed, clock, random: () => 0.5, log })(stopping.signal);
});
afterEach(async () => {
  stopping.abort();
  await running;
});

test("the keys are read at once, and every ten minutes", async () => {
  await clock.advance(599_000);
  expect(reads).toBe(1);
  await clock.advance(1_000);
  expect(reads).toBe(2);
});

test("what cannot be read is tried again after five seconds, and said once", async () => {
  problem = "ECONNREFUSED";
  await clock.advance(600_000);
  await clock.advance(15_000);
  expect(reads).toBe(5);
  expect(lines).toHaveLength(1);
  problem = undefined;
  await clock.advance(5_000);
  await clock.advance(599_000);
  expect(reads).toBe(6);
});

test("once a key was used they are read until that succeeds, so that it is noticed when the API server is back", async () => {
  await clock.advance(60_000);
  problem = "ECONNREFUSED";
  used();
  used();
  await clock.advance(10_000);
  expect(reads).toBe(4);
  problem = undefined;
  await clock.advance(5_000);
  await clock.advance(599_000);
  expect(reads).toBe(5);
});

test("one that is used while they are read has them read again", async () => {
  await clock.advance(2_000);
  used();
  await clock.advance(3_000);
  expect(reads).toBe(2);
});
