import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeOtherServers } from "../../test/support/fake-other-servers.ts";
import { aSnapshot, aViewedPod, credentialsUntil, granted, HOUR_MS } from "../../test/support/makers.ts";
import { silentFeedRecorder, silentLog } from "../../test/support/silence.ts";
import { NodeView } from "../domain/credentials/node-view.ts";
import { askOtherServers } from "./ask-other-servers.ts";

const throttled = { kind: "assumption", key: "app", outcome: { kind: "failure", reason: "sts-throttled" } } as const;
let clock: FakeClock;
let others: FakeOtherServers;
let view: NodeView;
let outcomes: string[];
let random: () => number;
let stop: AbortController;
let running: Promise<void>;

const inAnHour = () => credentialsUntil(clock.nowMs() + HOUR_MS);
const standing = () => view.standing("app", clock.nowMs());

beforeEach(() => {
  clock = new FakeClock();
  others = new FakeOtherServers();
  view = new NodeView();
  outcomes = [];
  random = () => 0.5;
  stop = new AbortController();
  const recorder = { ...silentFeedRecorder, othersAsked: (outcome: string) => void outcomes.push(outcome) };
  running = askOtherServers({ others, view, clock, random: () => random(), recorder, log: silentLog })(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

/** The server that feeds the node has asked STS in vain. */
const failAtOwnServer = () => {
  view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
  view.apply(throttled, clock.nowMs());
};

describe("what the node's own server could not obtain", () => {
  test("is had at once from another that holds it, and the connections are let go", async () => {
    const credentials = inAnHour();
    others.hold(credentials);
    view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
    view.apply(throttled, clock.nowMs());
    await clock.advance(150);
    expect(standing()).toMatchObject({ kind: "ready", credentials });
    expect([others.questions, outcomes, others.rests]).toEqual([["app"], ["found"], 1]);
  });

  test("is what lives longest of what they hold", async () => {
    const longer = inAnHour();
    others.hold(credentialsUntil(clock.nowMs() + 1_000));
    others.hold(longer);
    others.hold(credentialsUntil(clock.nowMs() + 2_000));
    failAtOwnServer();
    await clock.advance(150);
    expect(standing()).toMatchObject({ credentials: longer });
  });

  test("is asked for until it comes, never more than two seconds apart", async () => {
    failAtOwnServer();
    await clock.advance(60_000);
    expect(others.questions.length).toBeGreaterThan(30);
    expect(standing()).toMatchObject({ kind: "failed", reason: "sts-throttled" });
    others.hold(inAnHour());
    await clock.advance(2_000);
    expect(standing().kind).toBe("ready");
  });

  test("is not taken where it has expired, or is of another assumption", async () => {
    others.hold(credentialsUntil(clock.nowMs()));
    others.hold(inAnHour(), "the-role-before");
    failAtOwnServer();
    await clock.advance(1_000);
    expect(standing().kind).toBe("failed");
    expect(new Set(outcomes)).toEqual(new Set(["not-found"]));
  });

  test("is asked for again where the others could not be reached", async () => {
    others.areUnreachable = true;
    others.hold(inAnHour());
    failAtOwnServer();
    await clock.advance(1_000);
    expect(new Set(outcomes)).toEqual(new Set(["failed"]));
    others.areUnreachable = false;
    await clock.advance(2_000);
    expect(standing().kind).toBe("ready");
  });
});

describe("nobody is asked", () => {
  test("while STS takes no longer than it usually does", async () => {
    view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
    await clock.advance(149);
    const outcome = { kind: "credentials", credentials: inAnHour() } as const;
    view.apply({ kind: "assumption", key: "app", outcome }, clock.nowMs());
    await clock.advance(HOUR_MS / 2);
    expect(others.questions).toEqual([]);
  });

  test.each([
    ["denied", { kind: "denied", reason: "role-not-permitted" }],
    ["without a role", { kind: "none" }],
  ] as const)("for a pod that is %s", async (_what, grant) => {
    view.apply(aSnapshot([aViewedPod({ grant })]), clock.nowMs());
    await clock.advance(60_000);
    expect(others.questions).toEqual([]);
  });

  test("for a pod that has gone meanwhile", async () => {
    failAtOwnServer();
    await clock.advance(1_000);
    const asked = others.questions.length;
    view.apply({ kind: "pod-removed", uid: "app" }, clock.nowMs());
    await clock.advance(60_000);
    expect(others.questions).toHaveLength(asked);
  });
});

test("an STS that answers nothing makes no pod wait for what another server holds", async () => {
  others.hold(inAnHour());
  view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
  await clock.advance(150);
  expect(standing().kind).toBe("ready");
});

test("credentials that expire without a word of the server are asked for", async () => {
  view.apply(aSnapshot([aViewedPod()], { app: inAnHour() }), clock.nowMs());
  await clock.advance(HOUR_MS - 1);
  expect(others.questions).toEqual([]);
  others.hold(credentialsUntil(clock.nowMs() + HOUR_MS));
  await clock.advance(1);
  expect(standing().kind).toBe("ready");
});

test("a node asks no more than four times a second for long, however many roles its pods have", async () => {
  let turn = 0;
  random = () => {
    turn += 1;
    return (turn * 0.618) % 1;
  };
  const pods = Array.from({ length: 250 }, (_, index) => aViewedPod({ uid: `${index}`, grant: granted(`${index}`) }));
  view.apply(aSnapshot(pods), clock.nowMs());
  await clock.advance(60_000);
  expect(others.questions.length).toBeLessThanOrEqual(64 + 4 * 60);
  expect(new Set(others.questions).size).toBeGreaterThan(100);
});
