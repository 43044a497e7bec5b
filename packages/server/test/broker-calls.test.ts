import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StartedBroker } from "./support/a-broker.ts";
import { aPod } from "./support/makers.ts";

let broker: StartedBroker;

beforeEach(async () => {
  broker = await new StartedBroker().start();
});
afterEach(() => broker.stop());

describe("an agent hears why its feed ends though its pods change while the last words are still on their way:", () => {
  test.each<[string, () => unknown, string]>([
    ["when its own pod is gone", () => broker.pods.remove(broker.agentPod), "agent-gone"],
    ["when every connection is made anew", () => broker.rotation.announce(), "closed"],
    ["when the server stops", () => broker.stopping.abort(), "shutting-down"],
  ])("%s", async (_when, end, reason) => {
    const feed = broker.watch();
    await feed.whenFed();
    broker.pods.upsert(aPod());
    end();
    broker.pods.upsert(aPod());
    expect(await feed.whenEnded()).toBe(reason);
    expect([...broker.feeds.all()]).toEqual([]);
  });
});

test("an agent whose proof has ended by the time its feed opens hears that, and nothing of its node", async () => {
  broker.identity = { ...broker.identity, expiresAtMs: broker.clock.nowMs() - 60_000 };
  const feed = broker.watch();
  expect(await feed.whenEnded()).toBe("token-expired");
  expect([feed.updates, broker.sent]).toEqual([[], []]);
});

/** An agent is identified when the test says so. */
function holdIdentification() {
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const identify = async () => ({ kind: "node", node: "worker-1", identity: broker.identity }) as const;
  broker.identify = async () => {
    asked.resolve();
    await held.promise;
    return identify();
  };
  return { asked: asked.promise, identified: held.resolve };
}

test("a rotation cuts off what was connected before when its grace is over, and nothing that connected after", async () => {
  await broker.stop();
  broker = await new StartedBroker({ graceMs: 50 }).start();
  const old = holdIdentification();
  const before = broker.report();
  await old.asked;
  broker.rotation.announce();
  const fresh = holdIdentification();
  const agent = broker.connectAnew();
  const after = broker.report(agent);
  await fresh.asked;
  expect(await before).toBe("cut off");
  fresh.identified();
  expect(await after).toBe("OK");
  agent.close();
});

test("a peer that never shakes hands is cut off, and keeps no server from stopping", async () => {
  await broker.stop();
  broker = await new StartedBroker({ handshakeMs: 50 }).start();
  const stranger = connect(broker.port, "127.0.0.1");
  stranger.on("error", () => {});
  await once(stranger, "close");
  await broker.stop();
});

describe("while the server stops,", () => {
  test("a call under way is answered before it has", async () => {
    const { asked, identified } = holdIdentification();
    const order: string[] = [];
    const reported = broker.report().then((answer) => order.push(answer));
    await asked;
    const stopped = broker.stop().then(() => order.push("stopped"));
    identified();
    await Promise.all([reported, stopped]);
    expect(order).toEqual(["OK", "stopped"]);
  });

  test("a stream is ended as shutting-down, and the server's end waits for its last words", async () => {
    const feed = broker.watch();
    await feed.whenFed();
    await broker.stop();
    expect(feed.ended).toBe("shutting-down");
  });

  test("a stream that was asked for before, by an agent that is identified only now, is not opened", async () => {
    const { asked, identified } = holdIdentification();
    const feed = broker.watch();
    await asked;
    const stopped = broker.stop();
    identified();
    expect(await feed.whenEnded()).toBe("shutting-down");
    expect(feed.updates).toEqual([]);
    await stopped;
  });

  test("a peer that has not finished its handshake holds nothing up", async () => {
    const met = once(broker.listener.server, "connection");
    const stranger = connect(broker.port, "127.0.0.1");
    const gone = new Promise((resolve) => stranger.once("close", resolve));
    stranger.on("error", () => {});
    await met;
    await broker.stop();
    await gone;
  });

  test("a call that is never answered is cut off when the grace is over", async () => {
    await broker.stop();
    broker = await new StartedBroker({ graceMs: 50 }).start();
    const { asked } = holdIdentification();
    const reported = broker.report();
    await asked;
    await broker.stop();
    expect(await reported).toBe("cut off");
  });
});
