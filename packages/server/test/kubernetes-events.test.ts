import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FAKE_EPOCH_MS, FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { Journal } from "@rolecall/sandbox/control/journal";
import { ClusterEvents, type EventOutcome } from "../src/adapters/kubernetes/cluster-events.ts";
import { aKubernetes, type StartedKubernetes } from "./support/a-kubernetes.ts";

const anEvent = (name: string, message = "the annotation is malformed") => ({
  pod: { uid: `uid-of-${name}`, namespace: "default", name },
  reason: "InvalidRole",
  message,
});

let started: StartedKubernetes;
let clock: FakeClock;
let outcomes: Journal<EventOutcome>;
let events: ClusterEvents;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  started = await aKubernetes();
  clock = new FakeClock();
  outcomes = new Journal();
  const onOutcome = (outcome: EventOutcome) => outcomes.record(outcome);
  events = new ClusterEvents({ api: started.api, clock, log: createLogger("server", "debug", () => {}), onOutcome });
  stop = new AbortController();
  running = events.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
  await started.stop();
});
const created = (count: number) => outcomes.whenCount(count, (outcome) => outcome === "created");

describe("ClusterEvents", () => {
  test("an event is a warning on the pod", async () => {
    events.record(anEvent("web-0"));
    await created(1);
    const now = new Date(FAKE_EPOCH_MS).toISOString().replace(".000Z", "Z");
    expect(started.kubernetes.workloads.events()).toEqual([
      expect.objectContaining({
        involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web-0", uid: "uid-of-web-0" },
        type: "Warning",
        reason: "InvalidRole",
        message: "the annotation is malformed",
        source: { component: "rolecall-server" },
        firstTimestamp: now,
        lastTimestamp: now,
      }),
    ]);
  });

  test("an event on a node stands where kubectl describe node looks for it", async () => {
    events.record({ node: "worker-1", reason: "KernelRulesDrifted", message: "something flushes them" });
    await created(1);
    expect(started.kubernetes.workloads.events()).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({
          namespace: "default",
          name: expect.stringMatching(/^worker-1\.[0-9a-f]{20}$/),
        }),
        involvedObject: { apiVersion: "v1", kind: "Node", name: "worker-1", uid: "worker-1" },
        reason: "KernelRulesDrifted",
      }),
    ]);
  });

  test("the same event is shown once in ten minutes", async () => {
    events.record(anEvent("web-0"));
    events.record(anEvent("web-0"));
    await created(1);
    expect(outcomes.entries).toEqual(["repeated", "created"]);
    await clock.advance(600_000);
    events.record(anEvent("web-0"));
    await created(2);
    expect(started.kubernetes.workloads.events()).toHaveLength(2);
  });

  test("a burst goes at once and the rest at five a second, and none is lost", async () => {
    for (let index = 0; index < 30; index++) events.record(anEvent(`web-${index}`));
    await created(25);
    await clock.whenWaiting();
    expect(started.kubernetes.countRequests({ resource: "events" })).toBe(25);
    for (let count = 26; count <= 30; count++) {
      await clock.whenWaiting();
      await clock.advance(200);
      await created(count);
    }
    expect(started.kubernetes.workloads.events()).toHaveLength(30);
  });

  test("what does not fit into the queue is dropped", async () => {
    for (let index = 0; index < 1_100; index++) events.record(anEvent(`web-${index}`));
    const dropped = outcomes.count((outcome) => outcome === "dropped");
    expect(dropped).toBeGreaterThanOrEqual(99);
    expect(dropped).toBeLessThanOrEqual(100);
  });

  test("an event the API server refuses is counted and may be tried again", async () => {
    started.kubernetes.faults.failNext({ resource: "events", status: 500 });
    events.record(anEvent("web-0"));
    await outcomes.whenCount(1);
    expect(outcomes.entries).toEqual(["failed"]);
    events.record(anEvent("web-0"));
    await created(1);
  });

  test("an API server that does not answer holds up neither the caller nor what comes after ten seconds", async () => {
    const release = started.kubernetes.faults.hang({ resource: "events" });
    events.record(anEvent("web-0"));
    events.record(anEvent("web-1"));
    await started.kubernetes.whenRequested({ resource: "events" });
    await clock.advance(10_000);
    await outcomes.whenCount(1, (outcome) => outcome === "failed");
    release();
    await created(1);
    expect(started.kubernetes.workloads.events().map(({ involvedObject }) => involvedObject)).toContainEqual(
      expect.objectContaining({ name: "web-1" }),
    );
  });

  test("the longest pod name and message still make an event", async () => {
    const name = `${"a".repeat(199)}.${"b".repeat(53)}`;
    events.record(anEvent(name, "m".repeat(5_000)));
    await created(1);
    expect(started.kubernetes.workloads.events()[0]).toMatchObject({ message: expect.stringMatching(/^m{1023}…$/) });
  });

  test("a message that is too long is cut before its link", async () => {
    events.record({ ...anEvent("web-0", "m".repeat(5_000)), link: "https://docs.example/#reason" });
    await created(1);
    const { message } = started.kubernetes.workloads.events()[0] as unknown as { message: string };
    expect(message).toHaveLength(1_024);
    expect(message).toMatch(/m… \(https:\/\/docs\.example\/#reason\)$/);
  });

  test("what is no warning is shown as such", async () => {
    events.record({ ...anEvent("web-0"), type: "Normal" });
    await created(1);
    expect(started.kubernetes.workloads.events()).toEqual([expect.objectContaining({ type: "Normal" })]);
  });

  test("two servers that see the same show it once", async () => {
    const log = createLogger("server", "debug", () => {});
    const outcomesThere = new Journal<EventOutcome>();
    const onOutcome = (outcome: EventOutcome) => outcomesThere.record(outcome);
    const elsewhere = new ClusterEvents({ api: started.api, clock, log, onOutcome });
    const runningThere = elsewhere.run(stop.signal);
    events.record(anEvent("web-0"));
    await created(1);
    elsewhere.record(anEvent("web-0"));
    await outcomesThere.whenCount(1);
    expect(outcomesThere.entries).toEqual(["repeated"]);
    expect(started.kubernetes.workloads.events()).toHaveLength(1);
    stop.abort();
    await runningThere;
  });

  test("stops although events are waiting", async () => {
    for (let index = 0; index < 40; index++) events.record(anEvent(`web-${index}`));
    await created(25);
    stop.abort();
    await running;
    expect(outcomes.count((outcome) => outcome === "failed")).toBeLessThanOrEqual(1);
  });
});
