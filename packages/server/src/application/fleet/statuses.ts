import { type Assumption, assumptionKey } from "../../domain/credentials/assumption.ts";
import { type AssumptionState, dueAtMs } from "../../domain/credentials/assumption-state.ts";
import { certificateStatus } from "../../domain/fleet/certificate-status.ts";
import type {
  AgentReport,
  AssumptionStatus,
  FeedStatus,
  InterceptionState,
  PodStatus,
  ProbeState,
} from "../../domain/fleet/fleet-report.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { Grant } from "../../domain/policy/grant.ts";
import { fnv1a } from "../../domain/role/fnv1a.ts";
import type { ReportedNode } from "../node-reports.ts";
import type { OpenFeed } from "./open-feeds.ts";

export const iso = (atMs: number): string => new Date(atMs).toISOString();

/** What an assumption is called where people see it: its key holds the external ID, this does not. */
const assumptionId = (assumption: Assumption): string => fnv1a(assumptionKey(assumption));

export function assumptionStatus(assumption: Assumption, state: AssumptionState): AssumptionStatus {
  const dueMs = dueAtMs(state);
  return {
    id: assumptionId(assumption),
    roleArn: assumption.roleArn,
    sessionName: assumption.sessionName,
    hasExternalId: assumption.externalId !== undefined,
    durationSeconds: assumption.durationSeconds,
    state: state.kind,
    ...("credentials" in state && { expiresAt: iso(state.credentials.expiresAtMs) }),
    ...(dueMs !== undefined && { dueAt: iso(dueMs) }),
    ...("failure" in state && { failure: { reason: state.failure.reason, detail: state.failure.detail } }),
  };
}

export const feedStatus = ({ sinceMs, agentVersion, sentGeneration }: OpenFeed): FeedStatus => ({
  connectedSince: iso(sinceMs),
  agentVersion,
  sentGeneration,
});

const INTERCEPTION: Readonly<Record<string, InterceptionState>> = {
  STATE_OFF: "off",
  STATE_IN_PLACE: "in-place",
  STATE_BROKEN: "broken",
};

const PROBE: Readonly<Record<string, ProbeState>> = {
  PROBE_OFF: "off",
  PROBE_ARRIVES: "arrives",
  PROBE_REFUSED: "refused",
  PROBE_PASSED_BY: "passed-by",
  PROBE_LOST: "lost",
  PROBE_UNAVAILABLE: "unavailable",
};

export function agentReport({ report }: ReportedNode): AgentReport {
  const { drift, certificate, clockAheadSeconds } = report;
  return {
    at: iso(report.atMs),
    agentVersion: report.agentVersion,
    viewGeneration: report.viewGeneration,
    podsWithAddress: report.podsWithAddress,
    interception: INTERCEPTION[report.interception] ?? "unknown",
    probe: PROBE[report.probe] ?? "unknown",
    ...(drift && { drift: { times: drift.times, lastAt: iso(report.atMs - drift.secondsSinceLast * 1_000) } }),
    ...(certificate && { certificate: certificateStatus("agent", certificate.notBeforeMs, certificate.notAfterMs) }),
    ...(clockAheadSeconds !== undefined && { clockAheadSeconds }),
  };
}

/** @param grant never `none`: such a pod asks for nothing */
export const podStatus = ({ namespace, name, uid, node }: Pod, grant: Exclude<Grant, { kind: "none" }>): PodStatus => ({
  namespace,
  name,
  uid,
  ...(node !== undefined && { node }),
  ...(grant.kind === "granted"
    ? { verdict: grant.kind, roleArn: grant.assumption.roleArn, assumption: assumptionId(grant.assumption) }
    : { verdict: grant.reason }),
});
