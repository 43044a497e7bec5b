import { beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeSts } from "../../test/support/fake-sts.ts";
import { anAssumption, roleArn } from "../../test/support/makers.ts";
import { StsBudget } from "../domain/credentials/sts-budget.ts";
import { roleName } from "../domain/role/role-arn.ts";
import { StsQueue } from "./sts-queue.ts";

const never = new AbortController().signal;
let clock: FakeClock;
let sts: FakeSts;
let queue: StsQueue;
const ask = (role: string, rank = 0, signal = never) =>
  queue.ask(anAssumption({ roleArn: roleArn(role) }), () => rank, signal);
const asked = () => sts.calls.map((call) => roleName(call.roleArn));

beforeEach(() => {
  clock = new FakeClock();
  sts = new FakeSts(clock);
  queue = new StsQueue({ sts, clock, budget: new StsBudget({ perSecond: 20, burst: 50 }, clock.nowMs()) });
});

test("2,000 roles that are needed at once are asked for within the budget, and none is forgotten", async () => {
  const answers = Promise.all(Array.from({ length: 2_000 }, (_, index) => ask(`role-${index}`)));
  await clock.advance(1_000);
  expect(sts.calls.length).toBeLessThanOrEqual(71);
  await clock.advance(100_000);
  expect(new Set((await answers).map(({ kind }) => kind))).toEqual(new Set(["credentials"]));
  expect(sts.calls).toHaveLength(2_000);
});

test("what is most urgent goes first, in the order of coming where that is equal", async () => {
  sts.hold();
  for (let call = 0; call < 16; call += 1) void ask("under-way");
  void ask("later", 2);
  void ask("sooner", 1);
  void ask("nothing-held", 0);
  void ask("sooner-too", 1);
  sts.release();
  await clock.advance(0);
  expect(asked().slice(16)).toEqual(["nothing-held", "sooner", "sooner-too", "later"]);
});

test("no more than 16 calls are under way at a time", async () => {
  sts.hold();
  for (let call = 0; call < 40; call += 1) void ask(`role-${call}`);
  await clock.advance(10_000);
  expect(sts.calls).toHaveLength(16);
  expect(queue.length).toBe(24);
});

test("throttling slows all calls down, and they come back up to speed", async () => {
  sts.failure = { reason: "sts-throttled", detail: "Rate exceeded" };
  for (let call = 0; call < 1_000; call += 1) void ask(`role-${call}`);
  await clock.advance(10_000);
  const throttled = sts.calls.length;
  sts.failure = undefined;
  await clock.advance(20_000);
  const before = sts.calls.length;
  await clock.advance(1_000);
  expect(throttled).toBeLessThan(60);
  expect(sts.calls.length - before).toBeGreaterThanOrEqual(19);
});

test("a call that is given up while it waits costs STS nothing", async () => {
  sts.hold();
  for (let call = 0; call < 16; call += 1) void ask("under-way");
  const stop = new AbortController();
  void ask("given-up", 0, stop.signal);
  stop.abort();
  sts.release();
  await clock.advance(10_000);
  expect(asked()).not.toContain("given-up");
});
