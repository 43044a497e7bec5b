import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { silentLog } from "../../test/support/silence.ts";
import type { AgentTarget } from "../domain/interception/agent-target.ts";
import { watchAgent } from "./watch-agent.ts";

let clock: FakeClock;
let answers: boolean;
let isStuck: boolean | undefined;
let announce: (target: AgentTarget) => void;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  answers = true;
  isStuck = undefined;
  stop = new AbortController();
  const task = watchAgent({
    targets: {
      follow: async (listener, signal) => {
        announce = listener;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    },
    probe: { answers: async () => answers, accepts: async () => true },
    stuck: { set: (isThere) => (isStuck = isThere) },
    logger: silentLog,
    clock,
  });
  running = task(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});
const target = (instance: string): AgentTarget => ({ instance, startedAtMs: 0, port: 8181, isLoaded: true });

test("an agent that has not answered for a minute is stuck, and no sooner", async () => {
  announce(target("one"));
  await clock.advance(30_000);
  answers = false;
  await clock.advance(50_000);
  expect(isStuck).toBe(false);
  await clock.advance(10_000);
  expect(isStuck).toBe(true);
});

test("one that answers again, or a new one in its place, is not", async () => {
  announce(target("one"));
  answers = false;
  await clock.advance(60_000);
  expect(isStuck).toBe(true);
  announce(target("two"));
  expect(isStuck).toBe(false);
  await clock.advance(60_000);
  expect(isStuck).toBe(true);
  answers = true;
  await clock.advance(10_000);
  expect(isStuck).toBe(false);
});

test("an agent that never listened is for its readiness to tell of", async () => {
  await clock.advance(120_000);
  expect(isStuck).toBeUndefined();
});
