import { fromTimestamp, type NodeUpdate__Output, type WireAssumptionOut, type WirePodOut } from "@rolecall/proto";
import type { AssumptionOutcome, Grant, ViewChange, ViewedPod } from "../../domain/credentials/node-view.ts";
import type { TokenPolicy } from "../../domain/imds/token-policy.ts";

/** @returns undefined for a kind of change that this agent is too old to know */
export function toViewChange(update: NodeUpdate__Output): ViewChange | undefined {
  switch (update.change) {
    case "snapshot": {
      const { pods = [], assumptions = [] } = update.snapshot ?? {};
      const outcomes = assumptions.flatMap((assumption) => {
        const outcome = toOutcome(assumption);
        return outcome ? [[assumption.key, outcome] as const] : [];
      });
      return { kind: "snapshot", pods: pods.map(toViewedPod), assumptions: new Map(outcomes) };
    }
    case "pod":
      return update.pod ? { kind: "pod", pod: toViewedPod(update.pod) } : undefined;
    case "podRemoved":
      return { kind: "pod-removed", uid: update.podRemoved?.uid ?? "" };
    case "assumption": {
      const outcome = update.assumption && toOutcome(update.assumption);
      return outcome ? { kind: "assumption", key: update.assumption?.key ?? "", outcome } : undefined;
    }
    case "assumptionRemoved":
      return { kind: "assumption-removed", key: update.assumptionRemoved?.key ?? "" };
    default:
      return undefined;
  }
}

const TOKENS: Readonly<Record<string, TokenPolicy>> = { TOKENS_REQUIRED: "required", TOKENS_OPTIONAL: "optional" };

export const toViewedPod = (pod: WirePodOut): ViewedPod => ({
  uid: pod.uid,
  version: pod.version,
  namespace: pod.namespace,
  name: pod.name,
  ips: pod.ips,
  namespaceTokens: TOKENS[pod.namespaceTokens],
  grant: toGrant(pod),
});

function toGrant({ grant, granted, denied }: WirePodOut): Grant {
  if (grant === "granted" && granted) {
    const { assumptionKey, roleName, roleArn } = granted;
    return { kind: "granted", assumptionKey, role: { name: roleName, arn: roleArn } };
  }
  if (grant === "none") return { kind: "none" };
  // A verdict of a kind this agent is too old to know gives the pod nothing.
  return { kind: "denied", reason: denied?.reason ?? "verdict-unknown" };
}

/** @returns undefined for a state that this agent is too old to know */
export function toOutcome({ state, credentials, failure }: WireAssumptionOut): AssumptionOutcome | undefined {
  if (state === "failure" && failure) return { kind: "failure", reason: failure.reason };
  if (state !== "credentials" || !credentials) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, accountId } = credentials;
  return {
    kind: "credentials",
    credentials: {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      accountId,
      expiresAtMs: fromTimestamp(credentials.expiration),
      receivedAtMs: fromTimestamp(credentials.received),
    },
  };
}
