import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import type { AgentTarget } from "../domain/interception/agent-target.ts";
import type { Owner } from "../domain/interception/handover.ts";
import { HandOver } from "./hand-over.ts";

const OWN: AgentTarget = { instance: "new", startedAtMs: 2, port: 40_001, isLoaded: true };
const OLD: Owner = { instance: "old", startedAtMs: 1, port: 8_181 };

let clock: FakeClock;
let generation: number;
let owner: Owner | undefined;
let claimFailure: Error | undefined;
/** A keeper that is faster, in the moment of this one's claim. */
let rival: Owner | undefined;
let silent: Set<number>;
let probed: number;
let lines: Record<string, unknown>[];
let turns: (number | undefined)[];
let announce: (target: AgentTarget) => void;
let handOver: HandOver;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  [generation, owner] = [1, OLD];
  [claimFailure, rival] = [undefined, undefined];
  silent = new Set();
  probed = 0;
  lines = [];
  turns = [];
  stop = new AbortController();
  const isThere = async (port: number) => {
    probed += 1;
    return !silent.has(port);
  };
  handOver = new HandOver({
    targets: {
      follow: async (listener, signal) => {
        announce = listener;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    },
    ownership: {
      current: () => ({ generation, owner }),
      claim(after, claimed) {
        if (claimFailure) throw claimFailure;
        if (rival) [generation, owner, rival] = [generation + 1, rival, undefined];
        if (after !== generation) return false;
        [generation, owner] = [generation + 1, claimed];
        return true;
      },
    },
    probe: { answers: isThere, accepts: isThere },
    logger: createLogger("keeper", "info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
    clock,
  });
  handOver.onChange(() => turns.push(handOver.target?.port));
  running = handOver.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});
const messages = () => lines.map(({ msg }) => msg);

test("a keeper without an agent stands by, and asks nobody", async () => {
  await clock.advance(5_000);
  expect([handOver.target, handOver.standsBy, probed]).toEqual([
    undefined,
    "this keeper's agent does not listen yet",
    0,
  ]);
});

test("the rules turn to an agent as soon as it says that it is loaded, and then nobody is asked any more", async () => {
  announce({ ...OWN, isLoaded: false });
  await clock.advance(1_000);
  expect([turns, handOver.standsBy]).toEqual([[], expect.stringMatching(/^the agent before this one has the rules/)]);
  announce(OWN);
  await clock.advance(0);
  expect([turns, owner?.instance, handOver.isStillOurs(), handOver.standsBy]).toEqual([
    [40_001],
    "new",
    true,
    undefined,
  ]);
  probed = 0;
  await clock.advance(10_000);
  expect(probed).toBe(0);
});

test("an owner that takes no connection is relieved at the second look, by an agent of any age", async () => {
  owner = { ...OLD, startedAtMs: 3 };
  announce(OWN);
  await clock.advance(1_000);
  expect(turns).toEqual([]);
  silent.add(OLD.port);
  await clock.advance(250);
  expect(turns).toEqual([]);
  await clock.advance(250);
  expect(turns).toEqual([40_001]);
});

test("of two keepers the slower one stands by, and writes nothing", async () => {
  rival = { ...OLD, instance: "other", startedAtMs: 4, port: 40_002 };
  announce(OWN);
  await clock.advance(1_000);
  expect([turns, owner?.instance, handOver.isStillOurs()]).toEqual([[], "other", false]);
});

test("a keeper that was relieved knows it before it writes, and turns away at its next look", async () => {
  announce(OWN);
  await clock.advance(0);
  [generation, owner] = [3, { ...OLD, instance: "third", startedAtMs: 5 }];
  expect(handOver.isStillOurs()).toBe(false);
  await clock.advance(1_000);
  expect([turns, handOver.standsBy]).toEqual([[40_001, undefined], "a younger agent of this node has the rules"]);
});

test("where the owner cannot be written down that is said once, with its cure, and tried on", async () => {
  claimFailure = new Error("EROFS: read-only file system");
  announce(OWN);
  await clock.advance(2_000);
  expect(messages()).toEqual(["this keeper cannot take the rules"]);
  expect(handOver.standsBy).toMatch(/EROFS.*make --state-dir writable/);
  claimFailure = undefined;
  await clock.advance(250);
  expect(turns).toEqual([40_001]);
});
