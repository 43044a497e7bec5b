import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeBroker } from "../../test/support/fake-broker.ts";
import { aSnapshot, aViewedPod, credentialsUntil, HOUR_MS } from "../../test/support/makers.ts";
import { silentFeedRecorder, silentLog } from "../../test/support/silence.ts";
import { PodAddresses } from "../domain/address/pod-addresses.ts";
import { NodeView } from "../domain/credentials/node-view.ts";
import { askForPods } from "./ask-for-pods.ts";

let clock: FakeClock;
let broker: FakeBroker;
let view: NodeView;
let addresses: PodAddresses;
let stop: AbortController;
let running: Promise<void>;

const startsOnNode = (uid: string) =>
  addresses.setLocal(uid, { podUid: uid, namespace: "shop", name: uid, containerId: "c", ips: ["10.244.1.1"] }, 0);

beforeEach(() => {
  clock = new FakeClock();
  broker = new FakeBroker();
  view = new NodeView(() => addresses.localPods().map(({ podUid }) => podUid));
  addresses = new PodAddresses({ isNodeAddress: () => false, onConflict: () => {} });
  stop = new AbortController();
  const options = { broker, view, addresses, clock, random: () => 0.5, recorder: silentFeedRecorder, log: silentLog };
  running = askForPods(options)(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

test("a pod that starts before the feed brings it is asked for at once, and has its credentials", async () => {
  view.apply(aSnapshot(), clock.nowMs());
  const credentials = credentialsUntil(clock.nowMs() + HOUR_MS);
  broker.findable.set("app", {
    pod: aViewedPod(),
    assumption: { key: "app", outcome: { kind: "credentials", credentials } },
  });
  startsOnNode("app");
  await clock.advance(0);
  expect(view.standing("app", clock.nowMs())).toMatchObject({ kind: "ready", credentials });
});

test("a pod that the feed brought is not asked for", async () => {
  view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
  startsOnNode("app");
  await clock.advance(0);
  expect(broker.questions).toEqual([]);
});

test("nothing is asked before the first snapshot, and only for what it does not name", async () => {
  startsOnNode("app");
  startsOnNode("missing");
  await clock.advance(0);
  expect(broker.questions).toEqual([]);
  view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
  await clock.advance(0);
  expect(broker.questions).toEqual(["missing"]);
});

test("a pod that no server knows, such as a static one, is given up after a few questions", async () => {
  view.apply(aSnapshot(), clock.nowMs());
  startsOnNode("static");
  await clock.advance(HOUR_MS);
  expect(broker.questions).toHaveLength(5);
});

test("a pod that has left the node is not asked for again", async () => {
  view.apply(aSnapshot(), clock.nowMs());
  startsOnNode("app");
  await clock.advance(0);
  addresses.removeLocal("app");
  await clock.advance(HOUR_MS);
  expect(broker.questions).toHaveLength(1);
});

describe("a pod that the feed before brought and this one does not name", () => {
  const credentials = credentialsUntil(HOUR_MS * 1_000_000);
  beforeEach(async () => {
    view.apply(aSnapshot([aViewedPod()], { app: credentials }), clock.nowMs());
    startsOnNode("app");
  });
  const standing = () => view.standing("app", clock.nowMs()).kind;

  test("keeps its credentials while no server can say whether it is there", async () => {
    broker.findFailure = "pods-not-listed";
    view.apply(aSnapshot(), clock.nowMs());
    await clock.advance(HOUR_MS);
    expect([standing(), broker.questions.length]).toEqual(["ready", 5]);
  });

  test("loses them when a server says that no such pod is there", async () => {
    view.apply(aSnapshot(), clock.nowMs());
    expect(standing()).toBe("ready");
    await clock.advance(0);
    expect(standing()).toBe("unknown-grant");
  });

  test("has what it is granted now, where a server reads it live", async () => {
    broker.findable.set("app", { pod: aViewedPod({ grant: { kind: "none" } }), assumption: undefined });
    view.apply(aSnapshot(), clock.nowMs());
    await clock.advance(0);
    expect(standing()).toBe("no-role");
  });
});
