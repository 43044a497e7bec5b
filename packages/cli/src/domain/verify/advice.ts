import type { DeniedReason, FailedReason, TroubleReason } from "@rolecall/common/reasons/reasons";

export type Reason = DeniedReason | FailedReason | TroubleReason;

/** What to change, in one sentence for each reason; its section of docs/troubleshooting.md says more, as the command does. */
const FIX: Readonly<Record<Reason, string>> = {
  "role-reference-malformed": "Correct the pod's annotation iam.amazonaws.com/role: a name, a path or a full ARN.",
  "session-name-malformed": "Correct the pod's annotation iam.amazonaws.com/session-name, or remove it.",
  "external-id-malformed": "Correct the pod's annotation iam.amazonaws.com/external-id, or remove it.",
  "session-duration-malformed": "Correct the pod's annotation iam.amazonaws.com/session-duration, or remove it.",
  "namespace-policy-missing": "Annotate the namespace with what its pods may have.",
  "namespace-policy-malformed": "Correct the namespace's annotation.",
  "role-not-permitted": "Permit the role in the namespace's annotation, or ask for another role.",
  "host-network": "Remove hostNetwork from the pod, or give it AWS access in another way.",
  "sts-access-denied": "Let the role trust the servers' role, and let the servers' role assume it.",
  "sts-throttled": "Wait: it heals by itself. If it does not, find who else in the account uses up the quota of STS.",
  "sts-unreachable": "See that the servers' nodes reach the regional STS endpoint.",
  "sts-own-credentials": "Give the servers their own AWS role: instance profile, IRSA or Pod Identity.",
  "sts-clock-skew": "Set the clock of that machine: have it follow 169.254.169.123, the Amazon Time Sync Service.",
  "sts-invalid-request": "Shorten the session, or raise the role's maximum session duration.",
  "agent-missing":
    "Look at the DaemonSet and the node's labels and taints: kubectl get daemonset, kubectl describe node. Pods on the servers' own nodes and on Fargate have none.",
  "certificate-expired":
    "Renew the agents' certificate: their Secret, or where certificates are managed what the agent's log says of it.",
  "rules-drifted":
    "Have the program on the node that flushes or rewrites iptables leave the chains ROLECALL, ROLECALL-* and the jumps to them alone.",
  "rights-missing": "Set the chart value rbac.create, or give the servers the rights that are named.",
};

export const fixOf = (reason: Reason): string =>
  `${FIX[reason]} See rolecall explain ${reason}, or docs/troubleshooting.md#${reason}`;

/**
 * The statement that a role's trust policy needs.
 *
 * @param callerArn who the servers are to AWS: `arn:aws:sts::123456789012:assumed-role/rolecall-server/i-0`
 */
export function trustStatement(
  callerArn: string,
  { hasExternalId, tagsSessions }: { readonly hasExternalId: boolean; readonly tagsSessions: boolean },
): object {
  return {
    Effect: "Allow",
    Principal: { AWS: roleOfCaller(callerArn) },
    Action: tagsSessions ? ["sts:AssumeRole", "sts:TagSession"] : "sts:AssumeRole",
    ...(hasExternalId && { Condition: { StringEquals: { "sts:ExternalId": "the pod's external ID" } } }),
  };
}

/** The role whose session it is. Its path is not in a session's ARN: a role with one must be looked up. */
export function roleOfCaller(callerArn: string): string {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/.exec(callerArn);
  return session ? `arn:${session[1]}:iam::${session[2]}:role/${session[3]}` : callerArn;
}
