import { expect, test } from "@jest/globals";
import type { Pod } from "../../domain/pod/pod.ts";
import { denied } from "../../domain/policy/grant.ts";
import { RecentRefusals } from "./recent-refusals.ts";

const aPod = (name: string): Pod => ({
  version: 1,
  uid: name,
  namespace: "shop",
  name,
  serviceAccount: "default",
  node: "worker-1",
  ips: [],
  hostNetwork: false,
  finished: false,
  annotations: { role: "app", sessionName: undefined, externalId: "never-shown", sessionDuration: undefined },
});

test("the latest hundred refusals are remembered, newest first, and nothing else", () => {
  const refusals = new RecentRefusals({ nowMs: () => 5, setTimer: () => () => {} });
  refusals.decided(aPod("none"), { kind: "none" });
  for (let index = 0; index < 120; index++) refusals.decided(aPod(`pod-${index}`), denied("role-not-permitted", "why"));
  refusals.failed(aPod("last"), { reason: "sts-access-denied", detail: "trust" });
  const all = refusals.all();
  expect(all).toHaveLength(100);
  expect(all[0]).toEqual({
    atMs: 5,
    pod: { namespace: "shop", name: "last", node: "worker-1" },
    reason: "sts-access-denied",
    detail: "trust",
  });
  expect(all[99]?.pod.name).toBe("pod-21");
  expect(JSON.stringify(all)).not.toContain("never-shown");
});

test("what is said again, as when an agent connects anew or STS refuses again, is told once, as of its first time", () => {
  let nowMs = 5;
  const refusals = new RecentRefusals({ nowMs: () => nowMs, setTimer: () => () => {} });
  const refusal = { reason: "sts-access-denied", detail: "trust" } as const;
  refusals.decided(aPod("denied"), denied("role-not-permitted", "why"));
  for (nowMs = 10; nowMs < 200; nowMs += 1) refusals.failed(aPod("failed"), refusal);
  refusals.decided(aPod("denied"), denied("role-not-permitted", "why"));
  const told = () => refusals.all().map(({ atMs, pod, detail }) => [atMs, pod.name, detail]);
  expect(told()).toEqual([
    [10, "failed", "trust"],
    [5, "denied", "why"],
  ]);
  refusals.failed(aPod("failed"), { ...refusal, detail: "external ID" });
  expect(told()).toHaveLength(3);
});
