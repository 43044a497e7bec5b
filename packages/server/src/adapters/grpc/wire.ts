import type { NodeUpdate, ReportNodeRequest__Output, WireCertificateOut } from "@rolecall/proto";
import { fromTimestamp, toTimestamp, type WireAssumption, type WirePod } from "@rolecall/proto";
import type { NodeReport } from "../../application/node-reports.ts";
import { type Assumption, assumptionKey } from "../../domain/credentials/assumption.ts";
import { type AssumptionState, liveCredentials } from "../../domain/credentials/assumption-state.ts";
import type { FedPod, NodeChange } from "../../domain/feed/node-change.ts";
import { accountId, roleName } from "../../domain/role/role-arn.ts";

/** @returns undefined for a state that says nothing an agent does not know */
export function toWireAssumption(
  assumption: Assumption,
  state: AssumptionState,
  nowMs: number,
): WireAssumption | undefined {
  const key = assumptionKey(assumption);
  const credentials = liveCredentials(state, nowMs);
  if (credentials) {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs, receivedAtMs } = credentials;
    return {
      key,
      credentials: {
        accessKeyId,
        secretAccessKey,
        sessionToken,
        expiration: toTimestamp(expiresAtMs),
        received: toTimestamp(receivedAtMs),
        accountId: accountId(assumption.roleArn),
      },
    };
  }
  if (state.kind !== "failed") return undefined;
  return { key, failure: { ...state.failure, retryAt: toTimestamp(state.dueAtMs) } };
}

const TOKENS = { required: "TOKENS_REQUIRED", optional: "TOKENS_OPTIONAL" } as const;

export function toWirePod({ pod, grant, namespaceTokens }: FedPod): WirePod {
  const known = {
    uid: pod.uid,
    version: pod.version,
    namespace: pod.namespace,
    name: pod.name,
    ips: pod.hostNetwork ? [] : [...pod.ips],
    namespaceTokens: namespaceTokens ? TOKENS[namespaceTokens] : ("TOKENS_UNSPECIFIED" as const),
  };
  switch (grant.kind) {
    case "granted": {
      const { assumption } = grant;
      const { roleArn } = assumption;
      return { ...known, granted: { assumptionKey: assumptionKey(assumption), roleName: roleName(roleArn), roleArn } };
    }
    case "denied":
      return { ...known, denied: { reason: grant.reason, detail: grant.detail } };
    case "none":
      return { ...known, none: {} };
  }
}

/** @returns undefined for a change that says nothing an agent does not know */
export function toWireChange(change: NodeChange, nowMs: number): Omit<NodeUpdate, "generation"> | undefined {
  switch (change.kind) {
    case "pod":
      return { pod: toWirePod(change.fed) };
    case "pod-removed":
      return { podRemoved: { uid: change.uid } };
    case "assumption": {
      const assumption = toWireAssumption(change.assumption, change.state, nowMs);
      return assumption && { assumption };
    }
    case "assumption-removed":
      return { assumptionRemoved: { key: change.key } };
  }
}

/** What an agent says of itself. What an older one does not say is absent. */
export function nodeReport(request: ReportNodeRequest__Output): NodeReport {
  const { agentVersion, viewGeneration, podsWithAddress, interception, certificate, clockAheadSeconds } = request;
  const { drift } = interception ?? {};
  const life = certificate ? lifeOf(certificate) : undefined;
  return {
    agentVersion,
    viewGeneration,
    podsWithAddress,
    interception: interception?.state ?? "STATE_UNSPECIFIED",
    probe: interception?.probe ?? "PROBE_UNSPECIFIED",
    ...(drift && { drift: { times: drift.times, secondsSinceLast: drift.secondsSinceLast } }),
    ...(life && { certificate: life }),
    ...(clockAheadSeconds !== undefined && { clockAheadSeconds }),
  };
}

/** What a Date can hold (ECMA-262 21.4.1.1), so that no agent's word makes a time that cannot be written. */
const LAST_MS = 8.64e15;

/** @returns undefined for what no certificate can be */
function lifeOf({ notBefore, notAfter }: WireCertificateOut): NodeReport["certificate"] {
  const [notBeforeMs, notAfterMs] = [fromTimestamp(notBefore), fromTimestamp(notAfter)];
  return notBeforeMs >= 0 && notBeforeMs < notAfterMs && notAfterMs <= LAST_MS
    ? { notBeforeMs, notAfterMs }
    : undefined;
}
