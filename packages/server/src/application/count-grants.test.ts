import { expect, test } from "@jest/globals";
import { anAssumption, credentialsFrom } from "../../test/support/makers.ts";
import type { AssumptionState } from "../domain/credentials/assumption-state.ts";
import { denied } from "../domain/policy/grant.ts";
import { countGrants } from "./count-grants.ts";

const NOW_MS = 1_000_000;
const granted = (state: AssumptionState | undefined) => ({
  grant: { kind: "granted", assumption: anAssumption() } as const,
  state,
});
const failure = { reason: "sts-access-denied", detail: "no" } as const;

test("pods are counted by what they have, and those without by why", () => {
  const credentials = credentialsFrom(NOW_MS);
  const counts = countGrants(
    [
      { grant: { kind: "none" }, state: undefined },
      { grant: denied("host-network", "no"), state: undefined },
      { grant: denied("role-not-permitted", "no"), state: undefined },
      { grant: denied("role-not-permitted", "no"), state: undefined },
      granted({ kind: "fresh", credentials, dueAtMs: NOW_MS }),
      granted({ kind: "stale", credentials, failure, failures: 1, failedAtMs: NOW_MS, dueAtMs: NOW_MS }),
      granted({ kind: "deferred", dueAtMs: NOW_MS }),
      granted({ kind: "fetching", failures: 0, askedAtMs: NOW_MS }),
      granted(undefined),
      granted({ kind: "failed", failure, failures: 1, failedAtMs: NOW_MS, dueAtMs: NOW_MS }),
    ],
    NOW_MS,
  );
  expect(counts).toEqual([
    { state: "none", reason: "", count: 1 },
    { state: "denied", reason: "host-network", count: 1 },
    { state: "denied", reason: "role-not-permitted", count: 2 },
    { state: "ready", reason: "", count: 3 },
    { state: "pending", reason: "", count: 2 },
    { state: "failed", reason: "sts-access-denied", count: 1 },
  ]);
});

test("a refresh that failed and outlived its credentials leaves the pod with nothing yet", () => {
  const state: AssumptionState = {
    kind: "refreshing",
    credentials: credentialsFrom(NOW_MS),
    failures: 3,
    askedAtMs: NOW_MS,
  };
  expect(countGrants([granted(state)], NOW_MS + 7_200_000)).toEqual([{ state: "pending", reason: "", count: 1 }]);
});
