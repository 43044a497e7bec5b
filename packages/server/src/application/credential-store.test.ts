import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeSts, queueOf } from "../../test/support/fake-sts.ts";
import { anAssumption, HOUR_MS, roleArn } from "../../test/support/makers.ts";
import { liveCredentials } from "../domain/credentials/assumption-state.ts";
import { StsBudget } from "../domain/credentials/sts-budget.ts";
import { roleName } from "../domain/role/role-arn.ts";
import { CredentialStore, type Hold } from "./credential-store.ts";
import { StsQueue } from "./sts-queue.ts";

const MINUTE_MS = 60_000;
let clock: FakeClock;
let sts: FakeSts;
let random: number;
let store: CredentialStore;
const keyHeldBy = (hold: Hold) => liveCredentials(hold.state(), clock.nowMs())?.accessKeyId;
const ignore = () => {};

beforeEach(() => {
  clock = new FakeClock();
  sts = new FakeSts(clock);
  random = 0.5;
  store = new CredentialStore({ sts: queueOf(sts, clock), awsClock: clock, random: () => random });
});

describe("one assumption", () => {
  test("1,000 pods that start together on one role cost one AssumeRole", async () => {
    const holds = Array.from({ length: 1_000 }, () => store.hold(anAssumption(), () => {}));
    await clock.advance(0);
    expect(sts.calls).toHaveLength(1);
    expect(new Set(holds.map(keyHeldBy))).toEqual(new Set(["ASIA1"]));
  });

  test("assumptions that differ in the external ID alone share nothing", async () => {
    const one = store.hold(anAssumption({ externalId: "tenant-1" }), ignore);
    const other = store.hold(anAssumption({ externalId: "tenant-2" }), ignore);
    await clock.advance(0);
    expect([keyHeldBy(one), keyHeldBy(other)]).toEqual(["ASIA1", "ASIA2"]);
  });

  test("a holder that lets go while STS is asked does not cost the others their credentials", async () => {
    sts.hold();
    const impatient = store.hold(anAssumption(), () => {});
    const patient = store.hold(anAssumption(), () => {});
    impatient.release();
    sts.release();
    await clock.advance(0);
    expect(keyHeldBy(patient)).toBe("ASIA1");
  });
});

describe("refresh", () => {
  test.each([
    [0, 24 * MINUTE_MS],
    [0.999_999, 28.8 * MINUTE_MS],
  ])("with chance %d credentials of an hour are refreshed after %d ms", async (chance, afterMs) => {
    random = chance;
    store.hold(anAssumption(), ignore);
    await clock.advance(afterMs - 1_000);
    expect(sts.calls).toHaveLength(1);
    await clock.advance(2_000);
    expect(sts.calls).toHaveLength(2);
  });

  test("the old credentials are held while STS is asked for new ones", async () => {
    const hold = store.hold(anAssumption(), ignore);
    await clock.advance(0);
    sts.hold();
    await clock.advance(29 * MINUTE_MS);
    expect(hold.state().kind).toBe("refreshing");
    expect(keyHeldBy(hold)).toBe("ASIA1");
    sts.release();
    await clock.advance(0);
    expect(keyHeldBy(hold)).toBe("ASIA2");
  });

  test("credentials outlive refreshes that STS throttles, and never their expiration", async () => {
    const hold = store.hold(anAssumption(), ignore);
    await clock.advance(0);
    sts.failure = { reason: "sts-throttled", detail: "Rate exceeded" };
    await clock.advance(HOUR_MS - MINUTE_MS);
    expect(hold.state().kind).toBe("stale");
    expect(keyHeldBy(hold)).toBe("ASIA1");
    await clock.advance(2 * MINUTE_MS);
    expect(hold.state().kind).toBe("failed");
    expect(keyHeldBy(hold)).toBeUndefined();
  });

  test("after a failure that passes the role heals without anybody asking", async () => {
    sts.failure = { reason: "sts-unreachable", detail: "ECONNREFUSED" };
    const hold = store.hold(anAssumption(), ignore);
    await clock.advance(5_000);
    expect(hold.state().kind).toBe("failed");
    sts.failure = undefined;
    await clock.advance(30_000);
    expect(keyHeldBy(hold)).toBeDefined();
  });
});

test("a role that STS refuses is asked for ever more seldom, however many pods want it", async () => {
  sts.failure = { reason: "sts-access-denied", detail: "not authorized" };
  random = 0.999_999;
  for (let pod = 0; pod < 100; pod += 1) store.hold(anAssumption(), () => {});
  await clock.advance(10 * MINUTE_MS);
  // At 0, 12.5, 37.5, 87.5, 187.5, 387.5 s, and then every 5 minutes.
  expect(sts.calls).toHaveLength(6);
});

describe("what STS refused, after a person changed something,", () => {
  const denied = { reason: "sts-access-denied", detail: "not authorized" } as const;

  /** A role that has been refused until its backoff has grown to minutes. */
  async function refusedForLong(): Promise<Hold> {
    sts.failure = denied;
    random = 0.999_999;
    const hold = store.hold(anAssumption(), ignore);
    await clock.advance(400_000);
    sts.calls.length = 0;
    return hold;
  }

  test("is asked for at once", async () => {
    const hold = await refusedForLong();
    sts.failure = undefined;
    hold.reconsider();
    await clock.advance(0);
    expect(keyHeldBy(hold)).toBeDefined();
  });

  test("and refused again, is asked for as after a first refusal", async () => {
    const hold = await refusedForLong();
    hold.reconsider();
    await clock.advance(40_000);
    // At once, after 12.5 s and after 25 s more.
    expect(sts.calls).toHaveLength(3);
  });

  test("is asked for once a second at most, however many pods are changed", async () => {
    const hold = await refusedForLong();
    for (let change = 0; change < 100; change += 1) {
      hold.reconsider();
      await clock.advance(30);
    }
    expect(sts.calls.length).toBeLessThanOrEqual(4);
  });

  test("is asked for soon where the call under way began before, and as after a first refusal from then on", async () => {
    const hold = await refusedForLong();
    sts.hold();
    await clock.advanceToNextTimer();
    await clock.advance(10);
    hold.reconsider();
    sts.release();
    await clock.advance(0);
    expect(hold.state()).toMatchObject({ kind: "failed", failures: 0, dueAtMs: clock.nowMs() + 1_000 });
    await clock.advance(41_000);
    // The one under way, and then after 1 s, 12.5 s and 25 s.
    expect(sts.calls).toHaveLength(4);
  });

  test("is not asked for twice where the call under way is of the same change", async () => {
    sts.failure = denied;
    const hold = store.hold(anAssumption(), ignore);
    for (let pod = 0; pod < 100; pod += 1) hold.reconsider();
    await clock.advance(9_000);
    expect(sts.calls).toHaveLength(1);
  });

  test("is not hurried where STS turned out to be away", async () => {
    const hold = await refusedForLong();
    sts.hold();
    await clock.advanceToNextTimer();
    await clock.advance(10);
    hold.reconsider();
    sts.failure = { reason: "sts-throttled", detail: "Rate exceeded" };
    sts.release();
    await clock.advance(0);
    expect(hold.state()).toMatchObject({ kind: "failed", failures: 1 });
  });

  test("is not hurried where STS could not be reached", async () => {
    sts.failure = { reason: "sts-unreachable", detail: "ECONNREFUSED" };
    random = 0.999_999;
    const hold = store.hold(anAssumption(), ignore);
    await clock.advance(0);
    hold.reconsider();
    await clock.advance(400);
    expect(sts.calls).toHaveLength(1);
  });

  test("is not asked for sooner because pods that want it come and go", async () => {
    const hold = await refusedForLong();
    hold.release();
    await clock.advance(4 * MINUTE_MS);
    store.hold(anAssumption(), ignore);
    await clock.advance(0);
    expect(sts.calls).toHaveLength(0);
  });
});

test("pods with nothing go first, then what expires earliest, then what is fetched ahead of its pods", async () => {
  const rates = { perSecond: 20, burst: 50 };
  const queue = new StsQueue({ sts, budget: new StsBudget(rates, clock.nowMs()), clock });
  const queued = new CredentialStore({ sts: queue, awsClock: clock, random: () => 0.5 });
  sts.hold();
  const named = (name: string) => anAssumption({ roleArn: roleArn(name) });
  for (let call = 0; call < 16; call += 1) queued.hold(named(`under-way-${call}`), ignore);
  queued.hold(named("ahead"), ignore, { isAwaited: () => false });
  // Their refresh has been due for long: it is asked for within half a minute.
  queued.hold(named("later"), ignore, { agentHoldsUntilMs: clock.nowMs() + 10 * MINUTE_MS });
  queued.hold(named("sooner"), ignore, { agentHoldsUntilMs: clock.nowMs() + 5 * MINUTE_MS });
  await clock.advance(MINUTE_MS);
  queued.hold(named("waiting"), ignore);
  sts.release();
  await clock.advance(0);
  expect(sts.calls.slice(16).map((call) => roleName(call.roleArn))).toEqual(["waiting", "sooner", "later", "ahead"]);
});

describe("need", () => {
  test("what nobody holds is not refreshed, is no cause for alarm, and is there until it expires", async () => {
    store.hold(anAssumption(), ignore).release();
    await clock.advance(HOUR_MS - 1);
    expect(store.stateOf(anAssumption())).toMatchObject({ kind: "fresh" });
    expect(store.states()).toHaveLength(0);
    await clock.advance(1);
    expect(store.all()).toHaveLength(0);
    expect(sts.calls).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("an agent that comes back with newer ones of another server costs no call until those are due", async () => {
    store.hold(anAssumption(), ignore).release();
    await clock.advance(40 * MINUTE_MS);
    const agentHoldsUntilMs = clock.nowMs() + HOUR_MS;
    const back = store.hold(anAssumption(), ignore, { agentHoldsUntilMs });
    expect(keyHeldBy(back)).toBe("ASIA1");
    await clock.advance(19 * MINUTE_MS);
    expect(sts.calls).toHaveLength(1);
    await clock.advance(10 * MINUTE_MS);
    expect(sts.calls).toHaveLength(2);
  });

  test("an agent without any has what was kept refreshed at once where that is due", async () => {
    store.hold(anAssumption(), ignore).release();
    await clock.advance(40 * MINUTE_MS);
    store.hold(anAssumption(), ignore, { agentHoldsUntilMs: clock.nowMs() + HOUR_MS });
    store.hold(anAssumption(), ignore);
    await clock.advance(0);
    expect(sts.calls).toHaveLength(2);
  });

  test("what was never obtained is forgotten soon after nobody holds it any more", async () => {
    store.hold(anAssumption(), ignore, { agentHoldsUntilMs: clock.nowMs() + HOUR_MS }).release();
    await clock.advance(2 * MINUTE_MS);
    expect(store.all()).toHaveLength(0);
  });

  test("pods that come and go leave no more than some thousand assumptions, and the room comes back", async () => {
    const comeAndGo = async (times: string) => {
      for (let pod = 0; pod < 4_100; pod += 1)
        store.hold(anAssumption({ sessionName: `${times}-${pod}` }), ignore).release();
      await clock.advance(3 * MINUTE_MS);
    };
    await comeAndGo("first");
    expect(store.all()).toHaveLength(4_000);
    await clock.advance(HOUR_MS);
    await comeAndGo("second");
    expect(store.all()).toHaveLength(4_000);
  });

  test("an agent that comes back soon finds its credentials without another call", async () => {
    store.hold(anAssumption(), ignore).release();
    await clock.advance(MINUTE_MS);
    const back = store.hold(anAssumption(), ignore);
    expect(keyHeldBy(back)).toBe("ASIA1");
    await clock.advance(MINUTE_MS * 5);
    expect(sts.calls).toHaveLength(1);
  });

  test("what an agent still holds after a restart of the server is asked for when it is due", async () => {
    const expiresAtMs = clock.nowMs() + 50 * MINUTE_MS;
    const hold = store.hold(anAssumption(), ignore, { agentHoldsUntilMs: expiresAtMs });
    await clock.advance(15 * MINUTE_MS);
    expect(sts.calls).toHaveLength(0);
    await clock.advance(5 * MINUTE_MS);
    expect(keyHeldBy(hold)).toBe("ASIA1");
  });

  test("what one agent holds and another lacks is asked for at once", async () => {
    store.hold(anAssumption(), () => {}, { agentHoldsUntilMs: clock.nowMs() + 50 * MINUTE_MS });
    const lacking = store.hold(anAssumption(), () => {});
    await clock.advance(0);
    expect(keyHeldBy(lacking)).toBe("ASIA1");
  });

  test("a restart of all servers with 500 overdue roles does not ask for them in one moment", async () => {
    let count = 0;
    random = 0;
    const spread = new CredentialStore({
      sts: queueOf(sts, clock),
      awsClock: clock,
      random: () => (count++ % 100) / 100,
    });
    for (let role = 0; role < 500; role += 1) {
      spread.hold(anAssumption({ roleArn: roleArn(`app-${role}`) }), () => {}, {
        agentHoldsUntilMs: clock.nowMs() + 10 * MINUTE_MS,
      });
    }
    await clock.advance(1_000);
    expect(sts.calls.length).toBeLessThan(50);
    await clock.advance(30_000);
    expect(sts.calls.length).toBeGreaterThanOrEqual(500);
  });

  test("what was forgotten while its call waited does not take along what stands in its place when it is answered", async () => {
    sts.hold();
    store.hold(anAssumption(), ignore).release();
    await clock.advance(2 * MINUTE_MS);
    expect(store.all()).toHaveLength(0);
    store.hold(anAssumption(), ignore);
    sts.release();
    await clock.advance(HOUR_MS + MINUTE_MS);
    expect(store.needed()).toHaveLength(1);
  });

  test("what was forgotten while its call waited leaves no timer that outlives the process's end", async () => {
    const stop = new AbortController();
    const running = store.run(stop.signal);
    sts.hold();
    store.hold(anAssumption(), ignore).release();
    await clock.advance(2 * MINUTE_MS);
    sts.release();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
    stop.abort();
    await running;
  });

  test("stopping ends every timer", async () => {
    const stop = new AbortController();
    const running = store.run(stop.signal);
    store.hold(anAssumption(), ignore);
    await clock.advance(0);
    stop.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });
});
