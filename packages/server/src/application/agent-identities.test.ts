import { beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aPod } from "../../test/support/a-pod.ts";
import { PodInventory } from "../domain/pod/pod-inventory.ts";
import { AgentIdentities, type IdentityEnd } from "./agent-identities.ts";

const agentPod = aPod({ uid: "pod-uid", node: "worker-1" });

let clock: FakeClock;
let pods: PodInventory;
let identities: AgentIdentities;
let ends: IdentityEnd[];

beforeEach(() => {
  clock = new FakeClock();
  pods = new PodInventory();
  pods.upsert(agentPod);
  identities = new AgentIdentities(pods, clock);
  ends = [];
});

const identity = (lifeMs: number | undefined) => ({
  node: "worker-1",
  podUid: "pod-uid",
  expiresAtMs: lifeMs === undefined ? undefined : clock.nowMs() + lifeMs,
});
const hold = (lifeMs: number | undefined) => identities.hold(identity(lifeMs), (why) => ends.push(why));

test("an identity ends half a minute after its last token", async () => {
  hold(600_000);
  await clock.advance(629_000);
  expect(ends).toEqual([]);
  await clock.advance(1_000);
  expect(ends).toEqual(["token-expired"]);
});

test("a newer token of the same agent prolongs it, however it came", async () => {
  hold(600_000);
  for (let step = 0; step < 10; step += 1) {
    await clock.advance(480_000);
    identities.proven(identity(600_000));
  }
  expect(ends).toEqual([]);
  await clock.advance(630_000);
  expect(ends).toEqual(["token-expired"]);
});

test("it ends at once with the agent's pod, and with no other", async () => {
  hold(undefined);
  pods.upsert(aPod({ uid: "neighbour", node: "worker-1" }));
  pods.remove({ uid: "neighbour" });
  pods.upsert({ ...agentPod, ips: ["10.0.0.9"] });
  expect(ends).toEqual([]);
  pods.remove(agentPod);
  expect(ends).toEqual(["agent-gone"]);
  await clock.advance(86_400_000);
  expect(ends).toHaveLength(1);
});

test("what was released hears nothing more, and leaves no timer", async () => {
  const release = hold(600_000);
  release();
  release();
  pods.remove(agentPod);
  await clock.advance(86_400_000);
  expect(ends).toEqual([]);
});
