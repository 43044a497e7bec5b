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
