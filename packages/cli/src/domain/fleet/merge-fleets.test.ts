import { expect, test } from "@jest/globals";
import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import { mergeFleets } from "./merge-fleets.ts";

const SERVER = {
  version: "0.1.0",
  startedAt: "2026-01-01T00:00:00.000Z",
  serving: true,
  problems: {},
  region: "eu-west-1",
  defaultDurationSeconds: 3_600,
  maxDurationSeconds: 3_600,
  readsAllowedRoles: false,
  tagsSessions: false,
};
const aFleet = (name: string, fleet: Partial<FleetReport>): FleetReport => ({
  server: { ...SERVER, name },
  counts: { pods: 0, verdicts: {}, assumptions: {} },
  nodes: [],
  pods: [],
  assumptions: [],
  certificates: [],
  refusals: [],
  ...fleet,
});
const feed = { connectedSince: "2026-01-01T00:00:00.000Z", agentVersion: "0.1.0", sentGeneration: 3 };
const report = (at: string) => ({
  at,
  agentVersion: "0.1.0",
  viewGeneration: 3,
  podsWithAddress: 1,
  interception: "in-place" as const,
  probe: "arrives" as const,
});
const ASSUMPTION = {
  id: "a",
  roleArn: "arn:aws:iam::123456789012:role/a",
  sessionName: "s",
  hasExternalId: false,
  durationSeconds: 3_600,
};

test("a node is told by the server its agent is connected to, whatever another remembers of it", () => {
  const merged = mergeFleets([
    aFleet("one", { nodes: [{ node: "n", report: report("2026-01-01T00:09:00.000Z") }] }),
    aFleet("two", { nodes: [{ node: "n", feed, report: report("2026-01-01T00:08:00.000Z") }] }),
  ]);
  expect(merged.nodes).toMatchObject([{ node: "n", feed }]);
});

test("a pod that both know is told once, and an assumption by the server that holds credentials longest", () => {
  const pod = { namespace: "shop", name: "web", uid: "u", verdict: "granted" as const };
  const held = (expiresAt: string) => ({ ...ASSUMPTION, state: "fresh" as const, expiresAt });
  const merged = mergeFleets([
    aFleet("one", { pods: [pod], assumptions: [{ ...ASSUMPTION, state: "deferred" }] }),
    aFleet("two", { pods: [pod], assumptions: [held("2026-01-01T01:00:00.000Z")] }),
    aFleet("three", { assumptions: [held("2026-01-01T00:30:00.000Z")] }),
  ]);
  expect(merged.pods).toHaveLength(1);
  expect(merged.assumptions).toMatchObject([{ expiresAt: "2026-01-01T01:00:00.000Z" }]);
});

test("refusals of all servers come newest first", () => {
  const refusal = (at: string) => ({
    at,
    namespace: "shop",
    pod: at,
    reason: "role-not-permitted" as const,
    detail: "",
  });
  const merged = mergeFleets([
    aFleet("one", { refusals: [refusal("2026-01-03"), refusal("2026-01-01")] }),
    aFleet("two", { refusals: [refusal("2026-01-02")] }),
  ]);
  expect(merged.refusals.map(({ at }) => at)).toEqual(["2026-01-03", "2026-01-02", "2026-01-01"]);
});
