import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeSts, queueOf } from "../../test/support/fake-sts.ts";
import { anAssumption, aPod } from "../../test/support/makers.ts";
import { NamespaceInventory } from "../domain/namespace/namespace-inventory.ts";
import type { Pod } from "../domain/pod/pod.ts";
import { PodInventory } from "../domain/pod/pod-inventory.ts";
import type { Grant } from "../domain/policy/grant.ts";
import { CredentialStore } from "./credential-store.ts";
import { FindPodCredentials } from "./find-pod-credentials.ts";

let clock: FakeClock;
let sts: FakeSts;
let pods: PodInventory;
let inCluster: Pod | undefined;
let reads: number;
let given: (readonly string[])[];
let apiServer: Error | undefined;
let store: CredentialStore;
let finder: FindPodCredentials;
const never = new AbortController().signal;
const query = (rest = {}) => ({ node: "worker-1", podUid: "app", namespace: "shop", name: "app", ...rest });
const granted = (): Grant => ({ kind: "granted", assumption: anAssumption() });

beforeEach(() => {
  clock = new FakeClock();
  sts = new FakeSts(clock);
  pods = new PodInventory();
  inCluster = undefined;
  reads = 0;
  given = [];
  apiServer = undefined;
  store = new CredentialStore({ sts: queueOf(sts, clock), awsClock: clock, random: () => 0.5 });
  finder = new FindPodCredentials({
    handOuts: { handedOut: (node, pods) => void given.push([node, ...pods.map(({ uid }) => uid)]) },
    pods,
    namespaces: new NamespaceInventory(),
    reader: {
      async read() {
        reads += 1;
        if (apiServer) throw apiServer;
        return inCluster;
      },
    },
    credentials: store,
    awsClock: clock,
    decide: granted,
    clock,
  });
});

describe("a pod that the feed has not brought", () => {
  test("is answered from the inventory with its credentials, without a live read", async () => {
    pods.upsert(aPod({ uid: "app" }));
    expect(await finder.find(query(), never)).toMatchObject({
      kind: "found",
      assumption: { state: { kind: "fresh" } },
    });
    expect(reads).toBe(0);
    expect(given).toEqual([["worker-1", "app"]]);
  });

  test("is read live where the watch lags", async () => {
    inCluster = aPod({ uid: "app" });
    expect(await finder.find(query(), never)).toMatchObject({ kind: "found", fed: { pod: { uid: "app" } } });
    expect(reads).toBe(1);
  });

  test("is answered without credentials when STS has not answered in time", async () => {
    pods.upsert(aPod({ uid: "app" }));
    sts.hold();
    const deadline = new AbortController();
    const answer = finder.find(query(), deadline.signal);
    deadline.abort();
    expect(await answer).toMatchObject({ kind: "found", assumption: { state: { kind: "fetching" } } });
  });

  test("is given nothing that has expired, and its giving is not on the trail", async () => {
    pods.upsert(aPod({ uid: "app" }));
    store.hold(anAssumption(), () => {});
    await clock.advance(0);
    sts.hold();
    await clock.advance(3_600_000);
    const deadline = new AbortController();
    const answer = finder.find(query(), deadline.signal);
    deadline.abort();
    expect(await answer).toMatchObject({ assumption: { state: { kind: "refreshing", credentials: {} } } });
    expect(given).toEqual([]);
  });

  test("is answered with STS's refusal", async () => {
    pods.upsert(aPod({ uid: "app" }));
    sts.failure = { reason: "sts-access-denied", detail: "not authorized" };
    expect(await finder.find(query(), never)).toMatchObject({ assumption: { state: { kind: "failed" } } });
  });
});

describe("an agent that another server feeds and asks for what is held", () => {
  const heldOnly = () => finder.find(query({ heldOnly: true }), never);

  test("is given what nobody needs here any more, and its giving is on the trail", async () => {
    pods.upsert(aPod({ uid: "app" }));
    store.hold(anAssumption(), () => {}).release();
    await clock.advance(600_000);
    expect(await heldOnly()).toMatchObject({ kind: "found", assumption: { state: { credentials: {} } } });
    expect(given).toEqual([["worker-1", "app"]]);
    expect(sts.calls).toHaveLength(1);
  });

  test("makes nobody ask STS", async () => {
    pods.upsert(aPod({ uid: "app" }));
    expect(await heldOnly()).toMatchObject({ kind: "found", assumption: undefined });
    expect([sts.calls, store.all(), given]).toEqual([[], [], []]);
  });

  test("is not told what has expired, nor that STS failed", async () => {
    pods.upsert(aPod({ uid: "app" }));
    const hold = store.hold(anAssumption(), () => {});
    await clock.advance(0);
    sts.failure = { reason: "sts-throttled", detail: "slow down" };
    await clock.advance(3_600_000);
    expect(hold.state().kind).toBe("stale");
    expect(await heldOnly()).toMatchObject({ assumption: undefined });
  });

  test("causes no live read", async () => {
    inCluster = aPod({ uid: "app" });
    expect(await heldOnly()).toEqual({ kind: "not-found" });
    expect(reads).toBe(0);
  });

  test("is told nothing of another node's pod", async () => {
    pods.upsert(aPod({ uid: "app", node: "worker-2" }));
    store.hold(anAssumption(), () => {});
    await clock.advance(0);
    expect(await heldOnly()).toEqual({ kind: "not-found" });
  });
});

describe("nothing is told of", () => {
  test.each([
    ["a pod of another node in the inventory", () => pods.upsert(aPod({ uid: "app", node: "worker-2" }))],
    ["a pod of another node in the cluster", () => (inCluster = aPod({ uid: "app", node: "worker-2" }))],
    ["a pod of the same name with another UID", () => (inCluster = aPod({ uid: "reborn" }))],
    ["a pod that has finished", () => (inCluster = aPod({ uid: "app", finished: true }))],
    ["a pod that does not exist", () => {}],
  ])("%s", async (_what, arrange) => {
    arrange();
    expect(await finder.find(query(), never)).toEqual({ kind: "not-found" });
    expect(sts.calls).toHaveLength(0);
  });
});

test("an API server that does not answer is told apart from a pod that does not exist", async () => {
  apiServer = new Error("ECONNREFUSED");
  expect(await finder.find(query(), never)).toEqual({ kind: "unavailable", cause: apiServer });
});

test("one node's questions do not use up another's live reads, and they come back with time", async () => {
  for (let read = 0; read < 250; read += 1) await finder.find(query(), never);
  expect(await finder.find(query(), never)).toEqual({ kind: "too-many-live-reads" });
  expect(await finder.find(query({ node: "worker-2" }), never)).toEqual({ kind: "not-found" });
  await clock.advance(1_000);
  expect(await finder.find(query(), never)).toEqual({ kind: "not-found" });
});
