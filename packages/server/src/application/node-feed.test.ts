import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeSts, queueOf } from "../../test/support/fake-sts.ts";
import { anAssumption, aPod, roleArn } from "../../test/support/makers.ts";
import type { StsFailure } from "../domain/credentials/assumption-state.ts";
import type { NodeChange } from "../domain/feed/node-change.ts";
import { NamespaceInventory } from "../domain/namespace/namespace-inventory.ts";
import type { Pod } from "../domain/pod/pod.ts";
import { PodInventory } from "../domain/pod/pod-inventory.ts";
import type { Grant } from "../domain/policy/grant.ts";
import { CredentialStore } from "./credential-store.ts";
import { NodeFeed } from "./node-feed.ts";

let clock: FakeClock;
let sts: FakeSts;
let pods: PodInventory;
let namespaces: NamespaceInventory;
let credentials: CredentialStore;
let decided: [string, Grant["kind"]][];
let failed: [string, StsFailure["reason"]][];
let given: (readonly string[])[];

/** Grants the annotated role where the namespace's policy names it. */
function decide(pod: Pod): Grant {
  const { role } = pod.annotations;
  if (role === undefined) return { kind: "none" };
  if (namespaces.get(pod.namespace)?.permitted !== role) {
    return { kind: "denied", reason: "role-not-permitted", detail: "not permitted" };
  }
  return { kind: "granted", assumption: anAssumption({ roleArn: roleArn(role) }) };
}

const openFeed = (node = "worker-1", held = new Map<string, number>()) =>
  new NodeFeed(node, held, {
    handOuts: { handedOut: (to, pods, { roleArn: arn }) => given.push([to, arn, ...pods.map(({ uid }) => uid)]) },
    pods,
    namespaces,
    credentials,
    decide,
    awsClock: clock,
    verdicts: {
      decided: (pod, grant) => decided.push([pod.uid, grant.kind]),
      failed: (pod, failure) => failed.push([pod.uid, failure.reason]),
    },
  });

/** A few words a change: what an agent would learn. */
function told(change: NodeChange): string {
  switch (change.kind) {
    case "pod":
      return `${change.fed.pod.uid} ${change.fed.grant.kind}`;
    case "pod-removed":
      return `${change.uid} removed`;
    case "assumption":
      return `credentials ${change.state.kind}`;
    case "assumption-removed":
      return "credentials removed";
  }
}
const summary = (changes: readonly NodeChange[]) => changes.map(told);

const appPod = (rest: Parameters<typeof aPod>[0] = {}) =>
  aPod({ uid: "app", ips: ["10.244.1.1"], annotations: { role: "app" }, ...rest });

beforeEach(() => {
  clock = new FakeClock();
  sts = new FakeSts(clock);
  pods = new PodInventory();
  namespaces = new NamespaceInventory();
  namespaces.upsert({ name: "shop", permitted: "app" });
  credentials = new CredentialStore({ sts: queueOf(sts, clock), awsClock: clock, random: () => 0.5 });
  decided = [];
  failed = [];
  given = [];
});

describe("what an agent learns", () => {
  test("a pod's first version after the snapshot is told though nothing changed: another server may have told that before", () => {
    pods.upsert(appPod({ version: 9 }));
    const feed = openFeed();
    feed.takeChanges();
    pods.upsert(appPod({ version: 11 }));
    expect(summary(feed.takeChanges())).toEqual(["app granted"]);
    pods.upsert(appPod({ version: 12 }));
    expect(feed.takeChanges()).toEqual([]);
  });

  test("a feed begins with every pod of its node and none of another", async () => {
    pods.replace([appPod(), aPod({ uid: "plain" }), aPod({ uid: "elsewhere", node: "worker-2" })]);
    const feed = openFeed();
    await clock.advance(0);
    expect(summary(feed.takeChanges())).toEqual(["credentials fresh", "app granted", "plain none"]);
  });

  test("credentials are asked for when a pod is bound to the node, before it has an address", async () => {
    const feed = openFeed();
    pods.upsert(appPod({ node: undefined, ips: [] }));
    expect(sts.calls).toHaveLength(0);
    pods.upsert(appPod({ ips: [] }));
    await clock.advance(0);
    expect(sts.calls).toHaveLength(1);
    expect(summary(feed.takeChanges())).toEqual(["credentials fresh", "app granted"]);
  });

  test("credentials travel once, however many pods share them", async () => {
    pods.replace([appPod(), appPod({ uid: "twin" })]);
    const feed = openFeed();
    await clock.advance(0);
    expect(summary(feed.takeChanges())).toEqual(["credentials fresh", "app granted", "twin granted"]);
  });

  test("refreshed credentials are one change", async () => {
    pods.upsert(appPod());
    const feed = openFeed();
    await clock.advance(0);
    feed.takeChanges();
    await clock.advance(30 * 60_000);
    expect(summary(feed.takeChanges())).toEqual(["credentials fresh"]);
  });

  test("a change that an agent would not see is none", () => {
    pods.upsert(appPod());
    const feed = openFeed();
    feed.takeChanges();
    pods.upsert(appPod({ annotations: { role: "app", sessionDuration: "1h" } }));
    expect(feed.takeChanges()).toEqual([]);
  });

  test("an address that comes later is a change", () => {
    pods.upsert(appPod({ ips: [] }));
    const feed = openFeed();
    feed.takeChanges();
    pods.upsert(appPod({ ips: ["10.244.1.9"] }));
    expect(summary(feed.takeChanges())).toEqual(["app granted"]);
  });

  test("what a namespace says of session tokens is a change of its pods", () => {
    pods.upsert(appPod());
    const feed = openFeed();
    feed.takeChanges();
    namespaces.upsert({ name: "shop", permitted: "app", imdsTokens: "optional" });
    expect(feed.takeChanges()).toMatchObject([{ kind: "pod", fed: { namespaceTokens: "optional" } }]);
  });

  test("an agent that does not read costs the latest of each pod and not their history", () => {
    const feed = openFeed();
    for (let round = 0; round < 1_000; round += 1) pods.upsert(appPod({ ips: [`10.0.0.${round % 250}`] }));
    expect(feed.takeChanges()).toHaveLength(2);
  });
});

describe("what takes a role away", () => {
  test("a new role annotation brings the new role before the old credentials go", async () => {
    pods.upsert(appPod());
    const feed = openFeed();
    await clock.advance(0);
    feed.takeChanges();
    namespaces.upsert({ name: "shop", permitted: "other" });
    pods.upsert(appPod({ annotations: { role: "other" } }));
    await clock.advance(0);
    expect(summary(feed.takeChanges())).toEqual(["credentials fresh", "app granted", "credentials removed"]);
  });

  test("a namespace policy that no longer permits the role denies it", () => {
    pods.upsert(appPod());
    const feed = openFeed();
    feed.takeChanges();
    namespaces.upsert({ name: "shop", permitted: undefined });
    expect(summary(feed.takeChanges())).toEqual(["app denied", "credentials removed"]);
  });

  test.each([
    ["deleted", () => pods.remove({ uid: "app" })],
    ["finished", () => pods.upsert(appPod({ finished: true }))],
    ["gone from a list", () => pods.replace([])],
  ])("a pod that is %s leaves the feed with its credentials", (_how, end) => {
    pods.upsert(appPod());
    const feed = openFeed();
    feed.takeChanges();
    end();
    expect(summary(feed.takeChanges())).toEqual(["app removed", "credentials removed"]);
  });

  test("credentials stay while another pod of the node needs them", () => {
    pods.replace([appPod(), appPod({ uid: "twin" })]);
    const feed = openFeed();
    feed.takeChanges();
    pods.remove({ uid: "app" });
    expect(summary(feed.takeChanges())).toEqual(["app removed"]);
  });

  test("a closed feed holds nothing", async () => {
    pods.upsert(appPod());
    openFeed().close();
    await clock.advance(3_600_000);
    expect(sts.calls).toHaveLength(1);
    expect(credentials.states()).toHaveLength(0);
  });
});

describe("a role that STS refused is asked for again at once", () => {
  const refused = async () => {
    sts.failure = { reason: "sts-access-denied", detail: "not authorized" };
    namespaces.upsert({ name: "shop", permitted: "app", imdsTokens: "required" });
    pods.replace([appPod(), aPod({ uid: "other", annotations: { role: "plain" } })]);
    const feed = openFeed();
    await clock.advance(150_000);
    sts.calls.length = 0;
    sts.failure = undefined;
    return feed;
  };

  test("when the namespace changes", async () => {
    await refused();
    namespaces.upsert({ name: "shop", permitted: "app", imdsTokens: "optional" });
    await clock.advance(0);
    expect(sts.calls).toHaveLength(1);
  });

  test("when another pod's annotation comes to name it", async () => {
    await refused();
    pods.upsert(aPod({ uid: "other", annotations: { role: "app" } }));
    await clock.advance(0);
    expect(sts.calls).toHaveLength(1);
  });

  test("and not because another pod of it starts", async () => {
    await refused();
    pods.upsert(appPod({ uid: "twin" }));
    await clock.advance(0);
    expect(sts.calls).toHaveLength(0);
  });
});

describe("who is told", () => {
  test("each pod's verdict once, and again when it changes", () => {
    pods.upsert(appPod());
    openFeed();
    pods.upsert(appPod({ ips: ["10.244.1.9"] }));
    namespaces.upsert({ name: "shop", permitted: undefined });
    expect(decided).toEqual([
      ["app", "granted"],
      ["app", "denied"],
    ]);
  });

  test("every pod of a role that STS refuses, those that come later included", async () => {
    sts.failure = { reason: "sts-access-denied", detail: "not authorized" };
    pods.upsert(appPod());
    openFeed();
    await clock.advance(0);
    pods.upsert(appPod({ uid: "later" }));
    expect(failed).toEqual([
      ["app", "sts-access-denied"],
      ["later", "sts-access-denied"],
    ]);
  });

  test("a listener that comes after a change hears of it at once", () => {
    pods.upsert(appPod());
    const feed = openFeed();
    let calls = 0;
    feed.onChange(() => {
      calls += 1;
    });
    expect(calls).toBe(1);
  });
});

describe("the trail of what a node is given", () => {
  test("names all pods that share credentials when they come, and each that comes to share them later", async () => {
    pods.replace([appPod(), appPod({ uid: "second" }), aPod({ uid: "plain" })]);
    openFeed();
    await clock.advance(0);
    expect(given).toEqual([["worker-1", roleArn("app"), "app", "second"]]);
    pods.upsert(appPod({ uid: "third" }));
    expect(given.slice(1)).toEqual([["worker-1", roleArn("app"), "third"]]);
  });

  test("says nothing of what has expired by the time a pod comes to share it", async () => {
    pods.replace([appPod()]);
    openFeed();
    await clock.advance(0);
    given.length = 0;
    sts.hold();
    await clock.advance(3_600_000);
    pods.upsert(appPod({ uid: "second" }));
    expect(given).toEqual([]);
  });

  test("says nothing of what STS refuses", async () => {
    sts.failure = { reason: "sts-access-denied", detail: "no" };
    pods.replace([appPod()]);
    openFeed();
    await clock.advance(0);
    expect(given).toEqual([]);
  });
});
