import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";

export type Reason = DeniedReason | FailedReason;

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
  "sts-clock-skew": "Set the clock of the server's node.",
  "sts-invalid-request": "Shorten the session, or raise the role's maximum session duration.",
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
