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
  expect(feed.updates).toEqual([]);
});
