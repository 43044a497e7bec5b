import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FAKE_EPOCH_MS, FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { Condition } from "@rolecall/sandbox/control/condition";
import { Reflector } from "../src/adapters/kubernetes/reflector.ts";
import { NAMESPACES, PODS, type WatchedResource } from "../src/adapters/kubernetes/watched-resource.ts";
import type { WatchEnd } from "../src/application/ports/watch-recorder.ts";
import type { Namespace } from "../src/domain/namespace/namespace.ts";
import type { Pod } from "../src/domain/pod/pod.ts";
import { aKubernetes, type StartedKubernetes } from "./support/a-kubernetes.ts";

/** What the reflector told, with a way to wait for it. */
class Told<T extends { readonly name: string }> {
  readonly present = new Map<string, T>();
  readonly ends: WatchEnd[] = [];
  readonly listed: number[] = [];
  malformedCount = 0;
  heardCount = 0;
  synced = 0;
  poison: string | undefined;
  readonly #changed = new Condition();

  readonly sink = {
    replace: (all: readonly T[]) => {
      this.present.clear();
      for (const one of all) this.present.set(one.name, one);
    },
    upsert: (one: T) => {
      if (one.name === this.poison) throw new Error("the sink chokes");
      this.present.set(one.name, one);
    },
    remove: ({ name }: T) => void this.present.delete(name),
  };
  readonly recorder = {
    listed: (_resource: string, objects: number) => this.#note(() => this.listed.push(objects)),
    heard: () => this.#note(() => this.heardCount++),
    watchEnded: (_resource: string, end: WatchEnd) => this.#note(() => this.ends.push(end)),
    malformed: (_resource: string, count: number) => this.#note(() => (this.malformedCount += count)),
  };

  #note(change: () => unknown): void {
    change();
    this.#changed.changed();
  }
  when(holds: () => boolean): Promise<void> {
    return this.#changed.when(holds);
  }
  whenPresent(...names: string[]): Promise<void> {
    return this.when(() => names.every((name) => this.present.has(name)));
  }
  whenGone(name: string): Promise<void> {
    return this.when(() => !this.present.has(name));
  }
  whenEnded(count: number): Promise<void> {
    return this.when(() => this.ends.length >= count);
  }
}

let started: StartedKubernetes;
let clock: FakeClock;
let stop: AbortController;
let running: Promise<void>[];
let logged: Record<string, unknown>[];

beforeEach(async () => {
  started = await aKubernetes();
  clock = new FakeClock();
  stop = new AbortController();
  running = [];
  logged = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await started.stop();
});

function follow<T extends { readonly name: string }>(resource: WatchedResource<T>, random: () => number = () => 0.5) {
  const told = new Told<T>();
  const reflector = new Reflector<T>({
    api: started.api,
    resource,
    sink: told.sink,
    recorder: told.recorder,
    clock,
    random,
    log: createLogger("server", "debug", (line) => logged.push(JSON.parse(line))),
    onSynced: () => {
      told.synced += 1;
    },
  });
  running.push(reflector.run(stop.signal));
  return { told, reflector };
}

/** Follows pods, one of which is there already, until the watch is open. */
async function followPods(random?: () => number) {
  started.kubernetes.workloads.createPod({ name: "web-0", nodeName: "node-1", ips: ["10.0.1.7"] });
  const { told, reflector } = follow<Pod>(PODS, random);
  await told.whenPresent("web-0");
  await started.kubernetes.watches.whenOpen("pods");
  return { told, reflector };
}

const watchesAsked = () => started.kubernetes.countRequests({ verb: "watch", resource: "pods" });
const listsAsked = () => started.kubernetes.countRequests({ verb: "list", resource: "pods" });
const whenWatched = (count: number) => started.kubernetes.whenRequested({ verb: "watch", resource: "pods" }, count);

describe("Reflector", () => {
  test("brings what exists, then each change", async () => {
    const { told, reflector } = await followPods();
    const { workloads } = started.kubernetes;
    expect([told.synced, told.listed, reflector.staleSinceMs]).toEqual([1, [1], undefined]);

    workloads.createPod({ name: "web-1" });
    await told.whenPresent("web-1");
    expect(told.present.get("web-1")?.node).toBeUndefined();

    workloads.bindPod("web-1", "node-2");
    await told.when(() => told.present.get("web-1")?.node === "node-2");

    workloads.deletePod("web-1");
    await told.whenGone("web-1");
    expect(told.malformedCount).toBe(0);
  });

  test("follows namespaces and their policies", async () => {
    const { told } = follow<Namespace>(NAMESPACES);
    await started.kubernetes.watches.whenOpen("namespaces");
    expect([...told.present.keys()].toSorted()).toEqual(["default", "kube-system"]);
    const annotations = { "iam.amazonaws.com/permitted": ".*" };
    started.kubernetes.workloads.updateNamespace("default", { metadata: { annotations } });
    await told.when(() => told.present.get("default")?.permitted === ".*");
  });

  test("lists in pages of 500", async () => {
    for (let index = 0; index < 1_001; index++) started.kubernetes.workloads.createPod({ name: `pod-${index}` });
    const { told } = follow<Pod>(PODS);
    await told.when(() => told.listed.length === 1);
    expect(told.listed).toEqual([1_001]);
    expect(listsAsked()).toBe(3);
  });

  test("a list that is compacted between two pages begins anew", async () => {
    for (let index = 0; index < 501; index++) started.kubernetes.workloads.createPod({ name: `pod-${index}` });
    started.kubernetes.faults.failNext({ verb: "list", resource: "pods", status: 410 });
    const { told } = follow<Pod>(PODS);
    await told.whenEnded(1);
    expect([told.ends, told.synced]).toEqual([["expired"], 0]);
    await clock.advanceToNextTimer();
    await told.when(() => told.listed.length === 1);
    expect(told.present.size).toBe(501);
  });

  test("a watch that the server ends is opened again at once and misses nothing", async () => {
    const { told, reflector } = await followPods();
    started.kubernetes.watches.bookmark("pods");
    await told.when(() => told.heardCount === 1);
    started.kubernetes.watches.pause("pods");
    started.kubernetes.workloads.createPod({ name: "web-1" });
    started.kubernetes.watches.cut("end", "pods");
    await whenWatched(2);
    started.kubernetes.watches.resume("pods");
    await told.whenPresent("web-1");
    expect([told.ends, listsAsked(), reflector.staleSinceMs]).toEqual([["closed"], 1, undefined]);
  });

  test("a bookmark moves the version on, so that a compaction before it is harmless", async () => {
    const { told } = await followPods();
    started.kubernetes.compact();
    started.kubernetes.watches.bookmark("pods");
    await told.when(() => told.heardCount === 1);
    started.kubernetes.watches.cut("end", "pods");
    await whenWatched(2);
    started.kubernetes.workloads.createPod({ name: "web-1" });
    await told.whenPresent("web-1");
    expect(listsAsked()).toBe(1);
  });

  test.each(["as an event", "as a status"])(
    "a version that is gone (410 %s) is listed anew at once, removals included",
    async (how) => {
      const { told } = await followPods();
      started.kubernetes.watches.pause("pods");
      started.kubernetes.workloads.deletePod("web-0");
      started.kubernetes.workloads.createPod({ name: "web-1" });
      await clock.advance(10_000);
      if (how === "as a status") {
        started.kubernetes.faults.failNext({ verb: "watch", resource: "pods", status: 410 });
        started.kubernetes.watches.cut("end", "pods");
      } else {
        started.kubernetes.watches.fail(410, "too old resource version", "pods");
      }
      await told.whenPresent("web-1");
      expect([...told.present.keys()]).toEqual(["web-1"]);
      expect([told.ends.at(-1), told.synced, listsAsked()]).toEqual(["expired", 1, 2]);
    },
  );

  test("a version that is gone as soon as it was listed is not listed anew without pause", async () => {
    started.kubernetes.faults.failNext({ verb: "watch", resource: "pods", status: 410, times: 3 });
    const { told } = follow<Pod>(PODS);
    for (let ends = 1; ends <= 3; ends++) {
      await told.whenEnded(ends);
      await clock.whenWaiting();
      expect(listsAsked()).toBe(ends);
      await clock.advanceToNextTimer();
    }
    await started.kubernetes.watches.whenOpen("pods");
  });

  test("a connection that is reset is opened again from the last version, later each time it fails", async () => {
    const { told, reflector } = await followPods(() => 1 - Number.EPSILON);
    await clock.advance(60_000);
    await started.kubernetes.refuseConnections();
    const delays: number[] = [];
    for (let failures = 1; failures <= 8; failures++) {
      await told.whenEnded(failures);
      await clock.whenWaiting();
      delays.push(Math.round(await clock.advanceToNextTimer()));
    }
    expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(reflector.staleSinceMs).toBe(FAKE_EPOCH_MS + 60_000);
    await started.kubernetes.acceptConnections();
    await told.whenEnded(9);
    await clock.advanceToNextTimer();
    await started.kubernetes.watches.whenOpen("pods");
    started.kubernetes.workloads.createPod({ name: "web-1" });
    await told.whenPresent("web-1");
    expect([listsAsked(), reflector.staleSinceMs]).toEqual([1, undefined]);

    await started.kubernetes.refuseConnections();
    await told.whenEnded(10);
    await clock.whenWaiting();
    expect(Math.round(await clock.advanceToNextTimer())).toBe(200);
  });

  test("a server that accepts watches and ends them at once is not asked without pause", async () => {
    const { told } = await followPods();
    for (let ends = 1; ends <= 3; ends++) {
      started.kubernetes.watches.cut("end", "pods");
      await told.whenEnded(ends);
      await clock.whenWaiting();
      expect(watchesAsked()).toBe(ends);
      await clock.advanceToNextTimer();
      await started.kubernetes.watches.whenOpen("pods");
    }
    expect(told.ends).toEqual(["closed", "closed", "closed"]);
  });

  test("a watch that the server does not end when it should is given up 30 seconds later", async () => {
    const { told, reflector } = await followPods();
    await clock.advance(100_000);
    started.kubernetes.watches.bookmark("pods");
    await told.when(() => told.heardCount === 1);
    await clock.advance(479_999);
    expect(told.ends).toEqual([]);
    await clock.advance(1);
    await told.whenEnded(1);
    expect([told.ends, reflector.staleSinceMs]).toEqual([["silent"], FAKE_EPOCH_MS + 100_000]);
    await clock.advanceToNextTimer();
    await whenWatched(2);
  });

  test("a watch without an answer is given up after 30 seconds", async () => {
    const release = started.kubernetes.faults.hang({ verb: "watch", resource: "pods" });
    const { told } = follow<Pod>(PODS);
    await whenWatched(1);
    await clock.advance(30_000);
    await told.whenEnded(1);
    release();
    await clock.advanceToNextTimer();
    await started.kubernetes.watches.whenOpen("pods");
    expect(told.ends).toEqual(["silent"]);
  });

  test("a list without an answer is given up after 30 seconds and tried again", async () => {
    const release = started.kubernetes.faults.hang({ verb: "list", resource: "pods" });
    const { told } = follow<Pod>(PODS);
    await started.kubernetes.whenRequested({ verb: "list", resource: "pods" });
    await clock.advance(30_000);
    await told.whenEnded(1);
    release();
    await clock.advanceToNextTimer();
    await told.when(() => told.listed.length === 1);
  });

  test("a line that is no JSON is skipped and counted", async () => {
    const { told } = await followPods();
    started.kubernetes.watches.sendMalformedLine("pods");
    started.kubernetes.workloads.createPod({ name: "web-1" });
    await told.whenPresent("web-1");
    expect([told.malformedCount, told.ends]).toEqual([1, []]);
  });

  test("an object that the sink chokes on keeps no other from arriving", async () => {
    const { told } = await followPods();
    told.poison = "web-1";
    started.kubernetes.workloads.createPod({ name: "web-1" });
    started.kubernetes.workloads.createPod({ name: "web-2" });
    await told.whenPresent("web-2");
    expect(told.ends).toEqual([]);
    expect(logged).toContainEqual(expect.objectContaining({ msg: "a change could not be applied" }));
  });

  test("a missing permission is logged once with verb and resource, and once more when it is there", async () => {
    const allow = started.kubernetes.access.deny({ resource: "pods", verb: "list" });
    const { told } = follow<Pod>(PODS);
    for (let failures = 1; failures <= 3; failures++) {
      await told.whenEnded(failures);
      await clock.advanceToNextTimer();
    }
    await told.whenEnded(4);
    expect(told.synced).toBe(0);
    const denials = logged.filter(({ status }) => status === 403);
    expect(denials).toEqual([expect.objectContaining({ verb: "list", resource: "pods", level: "error" })]);
    allow();
    await clock.advanceToNextTimer();
    await told.when(() => told.listed.length === 1);
    expect(logged.at(-1)).toMatchObject({ msg: "following the API server again", resource: "pods" });
  });

  test("a version that the API server keeps refusing without a 410 is listed anew", async () => {
    const { told } = await followPods();
    started.kubernetes.faults.failNext({ verb: "watch", resource: "pods", status: 504, times: 3 });
    await clock.advance(10_000);
    started.kubernetes.watches.bookmark("pods");
    await told.when(() => told.heardCount === 1);
    started.kubernetes.watches.cut("end", "pods");
    for (let ends = 2; ends <= 4; ends++) {
      await told.whenEnded(ends);
      await clock.advanceToNextTimer();
    }
    await told.when(() => told.listed.length === 2);
    await started.kubernetes.watches.whenOpen("pods");
    expect(told.ends).toEqual(["closed", "failed", "failed", "failed"]);
  });

  test("a version on which watches bring nothing, not even a bookmark, is listed anew after the third", async () => {
    const { told } = await followPods();
    started.kubernetes.watches.pause("pods");
    for (let ends = 1; ends <= 3; ends++) {
      await clock.advance(300_000);
      expect(listsAsked()).toBe(1);
      started.kubernetes.watches.cut("end", "pods");
      await told.whenEnded(ends);
      await whenWatched(ends + 1);
    }
    expect([told.ends, listsAsked()]).toEqual([["closed", "closed", "closed"], 2]);
  });

  test.each([
    [0, "300"],
    [0.999, "599"],
  ])("asks for bookmarks, and for an end after 5 to 10 minutes (%d: %s s)", async (random, timeoutSeconds) => {
    await followPods(() => random);
    expect(started.kubernetes.requests.entries.at(-1)?.query).toMatchObject({
      allowWatchBookmarks: "true",
      timeoutSeconds,
    });
  });

  test("ends at once when its signal aborts, whatever it waits for", async () => {
    await followPods();
    stop.abort();
    await Promise.all(running);
    expect(clock.pendingTimers).toBe(0);
  });
});
