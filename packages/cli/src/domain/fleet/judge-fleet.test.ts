import { expect, test } from "@jest/globals";
import type { AgentReport, ServerStatus } from "@rolecall/server/domain/fleet/fleet-report";
import { judgeFleet } from "./judge-fleet.ts";
import type { Fleet } from "./merge-fleets.ts";

const SERVER: ServerStatus = {
  name: "server-1",
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
const REPORT: AgentReport = {
  at: "2026-01-01T00:00:00.000Z",
  agentVersion: "0.1.0",
  viewGeneration: 3,
  podsWithAddress: 1,
  interception: "in-place",
  probe: "arrives",
};

const judge = (server: Partial<ServerStatus>, report: Partial<AgentReport>) => {
  const fleet: Fleet = {
    servers: [{ ...SERVER, ...server }],
    nodes: [{ node: "worker-1", report: { ...REPORT, ...report } }],
    pods: [],
    assumptions: [],
    certificates: [],
    refusals: [],
  };
  const nowMs = Date.parse("2026-01-01T00:00:20.000Z");
  return judgeFleet(fleet, { answers: [], agents: undefined, servers: undefined, nowMs });
};

test("clocks within a minute and certificates that are not overdue are good", () => {
  const certificate = { name: "agent", expiresAt: "2026-01-01T00:01:00.000Z", overdueAt: "2026-01-01T00:00:20.000Z" };
  expect(judge({ clockAheadSeconds: 60 }, { clockAheadSeconds: -60, certificate })).toEqual([]);
});

test("a clock that is off and an agent's certificate that nobody renewed are what is wrong", () => {
  const certificate = { name: "agent", expiresAt: "2026-01-01T00:01:00.000Z", overdueAt: "2026-01-01T00:00:19.000Z" };
  expect(judge({ clockAheadSeconds: -600 }, { clockAheadSeconds: 90, certificate })).toEqual([
    "node worker-1: the certificate of its agent expires at 2026-01-01T00:01:00.000Z",
    "node worker-1: its clock is 90 s ahead of that of AWS",
    "server server-1: its clock is 600 s behind that of AWS",
  ]);
});
