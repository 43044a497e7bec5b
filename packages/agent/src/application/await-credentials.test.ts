import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aSnapshot, aViewedPod, credentialsUntil, HOUR_MS } from "../../test/support/makers.ts";
import { NodeView } from "../domain/credentials/node-view.ts";
import { awaitCredentials } from "./await-credentials.ts";

let clock: FakeClock;
let view: NodeView;
let loaded: number;
let lines: Record<string, unknown>[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  view = new NodeView();
  loaded = 0;
  lines = [];
  stop = new AbortController();
  running = awaitCredentials({
    view,
    clock,
    log: createLogger("agent", "info", (line) => lines.push(JSON.parse(line))),
    onLoaded: () => {
      loaded += 1;
    },
  })(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

const snapshot = () => view.apply(aSnapshot([aViewedPod()]), clock.nowMs());
const fails = (reason: string) =>
  view.apply({ kind: "assumption", key: "app", outcome: { kind: "failure", reason } }, clock.nowMs());
const succeeds = () => {
  const credentials = credentialsUntil(clock.nowMs() + HOUR_MS);
  view.apply({ kind: "assumption", key: "app", outcome: { kind: "credentials", credentials } }, clock.nowMs());
};

test("a node without pods is whole with its snapshot", async () => {
  view.apply(aSnapshot(), clock.nowMs());
  await running;
  expect(loaded).toBe(1);
});

test("a granted pod is waited for until its credentials come", async () => {
  snapshot();
  await clock.whenWaiting();
  await clock.advance(59_000);
  expect(loaded).toBe(0);
  succeeds();
  await running;
  expect([loaded, lines]).toEqual([1, []]);
});

test("a failure that may pass is waited for, and one that is the role's own is not", async () => {
  snapshot();
  await clock.whenWaiting();
  fails("sts-throttled");
  await clock.advance(1_000);
  expect(loaded).toBe(0);
  fails("sts-access-denied");
  await running;
  expect(loaded).toBe(1);
});

test("the wait ends after a minute, and it is said how much is missing", async () => {
  snapshot();
  await clock.whenWaiting();
  await clock.advance(60_000);
  await running;
  expect([loaded, lines]).toEqual([1, [expect.objectContaining({ assumptions: 1, seconds: 60 })]]);
});

test("without a snapshot there is no end to the wait but that of the agent", async () => {
  await clock.advance(3_600_000);
  expect(loaded).toBe(0);
  stop.abort();
  await running;
  expect(loaded).toBe(0);
});
