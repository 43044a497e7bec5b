import { certificateStatus } from "../../src/domain/fleet/certificate-status.ts";
import type { AssumptionStatus, FleetReport, NodeStatus, PodStatus } from "../../src/domain/fleet/fleet-report.ts";

const HOUR_MS = 3_600_000;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const ROLES = 20;

const roleArn = (index: number) => `arn:aws:iam::123456789012:role/pods/team-${index}-worker-with-a-long-name`;

const assumption = (index: number): AssumptionStatus => ({
  id: `assumption-${index}`,
  roleArn: roleArn(index),
  sessionName: `team-${index}.default`,
  hasExternalId: false,
  durationSeconds: 3_600,
  ...(index === 1
    ? {
        state: "failed",
        dueAt: inMs(60_000),
        failure: { reason: "sts-access-denied", detail: "the role's trust policy must name the server's role" },
      }
    : { state: "fresh", expiresAt: inMs(HOUR_MS), dueAt: inMs(HOUR_MS / 2) }),
});

const node = (index: number): NodeStatus => ({
  node: `worker-${index}`,
  feed: { connectedSince: inMs(-HOUR_MS), agentVersion: "0.1.0", sentGeneration: 40 + index },
  report: {
    at: inMs(-4_000),
    agentVersion: "0.1.0",
    viewGeneration: 40 + index,
    podsWithAddress: 12,
    interception: index === 1 ? "broken" : "in-place",
    probe: index === 1 ? "passed-by" : "arrives",
  },
});

function pod(index: number, nodes: number): PodStatus {
  const team = index % ROLES;
  const where = {
    namespace: `team-${team}`,
    name: `pod-${index}`,
    uid: `uid-${index}`,
    node: `worker-${index % nodes}`,
  };
  return team === 2
    ? { ...where, verdict: "role-not-permitted" }
    : { ...where, verdict: "granted", roleArn: roleArn(team), assumption: `assumption-${team}` };
}

/** A fleet with one of each kind of trouble. */
export function fleetOf({ nodes, pods }: { nodes: number; pods: number }): FleetReport {
  const all = Array.from({ length: pods }, (_, index) => pod(index, nodes));
  const denied = all.filter(({ verdict }) => verdict !== "granted").length;
  return {
    server: {
      name: "rolecall-server-5d4f9c7b8-x2x7k",
      version: "0.1.0",
      startedAt: inMs(-3 * HOUR_MS),
      serving: true,
      problems: {},
      region: "eu-west-1",
      roleBaseArn: "arn:aws:iam::123456789012:role/pods/",
      defaultDurationSeconds: 3_600,
      maxDurationSeconds: 3_600,
      readsAllowedRoles: false,
      tagsSessions: false,
    },
    counts: {
      pods,
      verdicts: { granted: pods - denied, "role-not-permitted": denied },
      assumptions: { fresh: ROLES - 1, failed: 1 },
    },
    nodes: Array.from({ length: nodes }, (_, index) => node(index)),
    pods: all,
    assumptions: Array.from({ length: ROLES }, (_, index) => assumption(index)),
    certificates: [certificateStatus("server", Date.now(), Date.now() + 90 * 24 * HOUR_MS)],
    refusals: [
      {
        at: inMs(-30_000),
        namespace: "team-2",
        pod: "pod-2",
        node: "worker-2",
        reason: "role-not-permitted",
        detail: `the annotation iam.amazonaws.com/permitted of the namespace team-2 does not match ${roleArn(2)}; it must match the whole ARN`,
      },
    ],
  };
}
