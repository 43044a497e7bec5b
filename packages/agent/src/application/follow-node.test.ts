import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeBroker } from "../../test/support/fake-broker.ts";
import { aSnapshot, aViewedPod, credentialsUntil, HOUR_MS } from "../../test/support/makers.ts";
import { silentFeedRecorder, silentLog } from "../../test/support/silence.ts";
import { NodeView } from "../domain/credentials/node-view.ts";
import { FollowNode } from "./follow-node.ts";
import { BrokerError } from "./ports/broker.ts";

let clock: FakeClock;
let broker: FakeBroker;
let view: NodeView;
let follower: FollowNode;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  broker = new FakeBroker();
  view = new NodeView();
  follower = new FollowNode({ broker, view, clock, random: () => 0.5, recorder: silentFeedRecorder, log: silentLog });
  stop = new AbortController();
  running = follower.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

describe("a feed", () => {
  test("is live from its snapshot on", () => {
    expect(follower.state.kind).toBe("connecting");
    broker.send(aSnapshot([aViewedPod()]));
    expect(follower.state.kind).toBe("live");
    expect(view.pod("app")).toBeDefined();
  });

  test("is stale from its end, or from the agent's start, until it is live", async () => {
    const startedAtMs = clock.nowMs();
    expect(follower.staleSinceMs).toBe(startedAtMs);
    broker.send(aSnapshot());
    expect(follower.staleSinceMs).toBeUndefined();
    await clock.advance(1_000);
    broker.endStream();
    await clock.advance(200);
    expect(follower.staleSinceMs).toBe(startedAtMs + 1_000);
    broker.send(aSnapshot());
    expect(follower.staleSinceMs).toBeUndefined();
  });

  test("that ends is opened anew within 200 ms, telling what is still held", async () => {
    broker.send(aSnapshot([aViewedPod()], { app: credentialsUntil(clock.nowMs() + HOUR_MS) }));
    broker.endStream();
    await clock.advance(200);
    expect(broker.openings).toHaveLength(2);
    expect([...(broker.openings[1]?.keys() ?? [])]).toEqual(["app"]);
  });

  test("that lost an update is started anew, and nothing after the gap is taken", async () => {
    broker.send(aSnapshot());
    broker.loseAnUpdate();
    broker.send({ kind: "pod", pod: aViewedPod() });
    broker.send({ kind: "pod", pod: aViewedPod({ uid: "later" }) });
    expect(view.pod("app")).toBeUndefined();
    expect(view.pod("later")).toBeUndefined();
    await clock.advance(200);
    expect(broker.openings).toHaveLength(2);
    broker.send(aSnapshot([aViewedPod()]));
    expect(view.pod("app")).toBeDefined();
  });

  test("that does not begin with a snapshot is not believed", () => {
    broker.send({ kind: "pod", pod: aViewedPod() });
    expect(view.pod("app")).toBeUndefined();
  });

  test("goes on past an update of a kind that only a newer agent knows", () => {
    broker.send(aSnapshot());
    broker.send(undefined);
    broker.send({ kind: "pod", pod: aViewedPod() });
    expect(view.pod("app")).toBeDefined();
  });
});

describe("while no server can be reached", () => {
  test("what is held stays", async () => {
    broker.send(aSnapshot([aViewedPod()], { app: credentialsUntil(clock.nowMs() + HOUR_MS) }));
    broker.unreachable = new BrokerError("unavailable", "no connection established");
    broker.endStream(broker.unreachable);
    await clock.advance(HOUR_MS - 1);
    expect(view.standing("app", clock.nowMs()).kind).toBe("ready");
  });

  test("attempts become rarer, down to one in five seconds at the most, and go on for ever", async () => {
    broker.unreachable = new BrokerError("unavailable", "no connection established");
    broker.endStream(broker.unreachable);
    await clock.advance(60_000);
    const early = broker.openings.length;
    expect(early).toBeLessThan(40);
    await clock.advance(600_000);
    expect(broker.openings.length - early).toBeGreaterThanOrEqual(120);
    broker.unreachable = undefined;
    await clock.advance(10_000);
    broker.send(aSnapshot());
    expect(follower.state.kind).toBe("live");
  });
});
