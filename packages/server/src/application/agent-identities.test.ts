import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aPod } from "../../test/support/a-pod.ts";
import type { Proof } from "../domain/node/attestation.ts";
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

const identity = (lifeMs: number | undefined, proof: Proof = "token-review") => ({
  node: "worker-1",
  podUid: "pod-uid",
  expiresAtMs: lifeMs === undefined ? undefined : clock.nowMs() + lifeMs,
  proof,
});
const hold = (lifeMs: number | undefined, proof?: Proof) =>
  identities.hold(identity(lifeMs, proof), (why) => ends.push(why));

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

test("what has ended and is released after that leaves a newer token to what else rests on the agent", async () => {
  const release = identities.hold(identity(600_000), () => {
    release();
    identities.proven(identity(600_000));
  });
  hold(600_000);
  await clock.advance(630_000);
  expect(ends).toEqual([]);
  await clock.advance(630_000);
  expect(ends).toEqual(["token-expired"]);
});

describe("once the API server can be asked again, an identity that its signature proved", () => {
  test("ends half a minute later, where no token is shown to the API server", async () => {
    hold(600_000, "signature");
    await clock.advance(100_000);
    expect(ends).toEqual([]);
    identities.apiServerAnswered();
    await clock.advance(15_000);
    identities.apiServerAnswered();
    await clock.advance(14_000);
    expect(ends).toEqual([]);
    await clock.advance(1_000);
    expect(ends).toEqual(["token-not-shown-again"]);
  });

  test("goes on where it does, until that token ends", async () => {
    hold(600_000, "signature");
    identities.apiServerAnswered();
    identities.proven(identity(600_000));
    identities.apiServerAnswered();
    await clock.advance(629_000);
    expect(ends).toEqual([]);
    await clock.advance(1_000);
    expect(ends).toEqual(["token-expired"]);
  });

  test("goes on where the API server is away again before it could be asked, until it is back", async () => {
    hold(600_000, "signature");
    identities.apiServerAnswered();
    identities.proven(identity(600_000, "signature"));
    await clock.advance(60_000);
    expect(ends).toEqual([]);
    identities.apiServerAnswered();
    await clock.advance(30_000);
    expect(ends).toEqual(["token-not-shown-again"]);
  });

  test("ends with all that rests on it, and what was released does not", async () => {
    const release = hold(600_000, "signature");
    hold(600_000, "signature");
    hold(600_000, "signature");
    release();
    identities.apiServerAnswered();
    await clock.advance(30_000);
    expect(ends).toEqual(["token-not-shown-again", "token-not-shown-again"]);
  });
});

test("an identity that the API server proved is not asked for again when it was away", async () => {
  hold(600_000);
  identities.apiServerAnswered();
  await clock.advance(60_000);
  expect(ends).toEqual([]);
});
