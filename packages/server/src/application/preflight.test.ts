import { beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import type { ClusterEvent } from "./ports/event-recorder.ts";
import { preflight } from "./preflight.ts";
import { tellOfMissingRights } from "./tell-of-missing-rights.ts";

const POD = { namespace: "rolecall", name: "rolecall-server-0", uid: "u" };
let clock: FakeClock;
let shown: ClusterEvent[];
let reported: (string | undefined)[];
let answer: () => Promise<readonly string[]>;

beforeEach(() => {
  clock = new FakeClock();
  shown = [];
  reported = [];
});

const check = (pod: typeof POD | undefined) =>
  preflight({
    missingPermissions: () => answer(),
    report: (problem) => reported.push(problem),
    onMissing: tellOfMissingRights({
      pod,
      events: { record: (event) => void shown.push(event) },
      docsUrl: "https://docs.example",
    }),
    clock,
    log: createLogger("server", "error", () => {}),
  })(new AbortController().signal);

test("a server that lacks rights says so on its own pod, until it has them", async () => {
  answer = async () => ["cannot get pods", "cannot list pods"];
  const running = check(POD);
  await clock.whenWaiting();
  expect(shown).toEqual([
    {
      pod: POD,
      reason: "RightsMissing",
      message: "rights-missing: cannot get pods; cannot list pods",
      link: "https://docs.example/troubleshooting.md#rights-missing",
    },
  ]);
  answer = async () => [];
  await clock.advance(10_000);
  await running;
  expect([shown.length, reported]).toEqual([1, ["cannot get pods; cannot list pods", undefined]]);
});

test("an API server that cannot be asked is no missing right, and a server that knows no pod of its own shows none", async () => {
  answer = async () => Promise.reject(new Error("connect ECONNREFUSED"));
  const running = check(POD);
  await clock.whenWaiting();
  answer = async () => [];
  await clock.advance(10_000);
  await running;
  expect(reported[0]).toContain("cannot be asked");
  answer = async () => ["cannot get pods"];
  const withoutPod = check(undefined);
  await clock.whenWaiting();
  answer = async () => [];
  await clock.advance(10_000);
  await withoutPod;
  expect(shown).toEqual([]);
});
