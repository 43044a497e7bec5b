import { beforeEach, expect, test } from "@jest/globals";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { anAssumption, aPod, roleArn } from "../../test/support/makers.ts";
import type { Grant } from "../domain/policy/grant.ts";
import type { ClusterEvent } from "./ports/event-recorder.ts";
import type { ServerRecorder } from "./ports/server-recorder.ts";
import { TellPods } from "./tell-pods.ts";

let counted: string[];
let shown: ClusterEvent[];
let logged: string[];
let told: TellPods;
const pod = aPod({ uid: "app" });
const granted: Grant = { kind: "granted", assumption: anAssumption() };
const denied: Grant = { kind: "denied", reason: "role-not-permitted", detail: "not permitted" };

beforeEach(() => {
  counted = [];
  logged = [];
  shown = [];
  const say = (_fields: object, sentence?: string) => void logged.push(sentence ?? "");
  const log: Logger = { debug: say, info: say, warn: say, error: say, child: () => log };
  const recorder = { grantDecided: (outcome: string) => void counted.push(outcome) } as unknown as ServerRecorder;
  const events = { record: (event: ClusterEvent) => void shown.push(event) };
  told = new TellPods({ events, recorder, log, docsUrl: "https://docs.example" });
});

test("a verdict is logged and counted once, however often feeds are opened", () => {
  for (let opening = 0; opening < 3; opening += 1) told.decided(pod, granted);
  expect([counted, logged]).toEqual([["granted"], ["granted a role to a pod"]]);
});

test("each change of it is, the one back to what it was before included", () => {
  for (const grant of [granted, denied, granted]) told.decided(pod, grant);
  expect(counted).toEqual(["granted", "role-not-permitted", "granted"]);
});

test("nothing is remembered of a pod that is gone", () => {
  told.decided(pod, granted);
  told.forget("app");
  told.decided(pod, granted);
  expect(counted).toHaveLength(2);
});

test("an Event says the reason, what to change and where to read on", () => {
  told.decided(pod, denied);
  told.failed(pod, { reason: "sts-throttled", detail: "AssumeRole: Throttling" });
  expect(shown).toEqual([
    {
      pod,
      reason: "RoleForbidden",
      message: "role-not-permitted: not permitted",
      link: "https://docs.example/troubleshooting.md#role-not-permitted",
    },
    {
      pod,
      reason: "AssumeRoleFailed",
      message: "sts-throttled: AssumeRole: Throttling",
      link: "https://docs.example/troubleshooting.md#sts-throttled",
    },
  ]);
});

test("a pod whose role is changed while it runs is told which it has now, and one that asks for another session is not", () => {
  told.decided(pod, granted);
  told.decided(pod, { kind: "granted", assumption: anAssumption({ sessionName: "other" }) });
  expect(shown).toEqual([]);
  told.decided(pod, { kind: "granted", assumption: anAssumption({ roleArn: roleArn("new") }) });
  expect(shown).toEqual([
    expect.objectContaining({
      reason: "RoleChanged",
      type: "Normal",
      message: expect.stringContaining(roleArn("new")),
    }),
  ]);
});
