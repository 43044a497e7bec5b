import { type Namespace, PERMITTED_ANNOTATION } from "../namespace/namespace.ts";
import { type NamespacePolicyRules, type PermittedRoles, permittedRoles } from "../namespace/permitted-roles.ts";
import { POD_ANNOTATIONS, type Pod } from "../pod/pod.ts";
import { type AssumptionRules, type RequestedAssumption, requestedAssumption } from "../pod/requested-assumption.ts";
import { type Denied, denied, type Grant } from "./grant.ts";

interface Facts {
  readonly pod: Pod;
  readonly requested: RequestedAssumption;
  readonly policy: PermittedRoles;
}

export type GrantRules = AssumptionRules & NamespacePolicyRules;

type Check = (facts: Facts) => Denied | undefined;

/** In the order in which their answers are given to a pod that fails several. */
const CHECKS: readonly Check[] = [
  podHasItsOwnAddress,
  requestIsWellFormed,
  namespaceHasPolicy,
  namespacePolicyIsWellFormed,
  roleIsPermitted,
];

/**
 * Decides whether a pod may have the role it asks for.
 *
 * @param namespace the pod's; undefined while the server does not know it, which denies
 */
export function decideGrant(pod: Pod, namespace: Namespace | undefined, rules: GrantRules): Grant {
  const requested = requestedAssumption(pod, rules);
  if (requested.kind === "none") return requested;
  const policy: PermittedRoles = namespace ? permittedRoles(namespace, rules) : { kind: "missing" };
  for (const check of CHECKS) {
    const denial = check({ pod, requested, policy });
    if (denial) return denial;
  }
  return requested.kind === "requested" ? { kind: "granted", assumption: requested.assumption } : requested;
}

/** A pod on the host network has the node's address, which tells nothing of who asks. */
function podHasItsOwnAddress({ pod }: Facts): Denied | undefined {
  if (!pod.hostNetwork) return undefined;
  return denied(
    "host-network",
    `a pod with spec.hostNetwork cannot be told from its node and gets no role; remove hostNetwork or the annotation ${POD_ANNOTATIONS.role}`,
  );
}

function requestIsWellFormed({ requested }: Facts): Denied | undefined {
  return requested.kind === "denied" ? requested : undefined;
}

function namespaceHasPolicy({ pod, policy }: Facts): Denied | undefined {
  if (policy.kind !== "missing") return undefined;
  return denied(
    "namespace-policy-missing",
    `the namespace ${pod.namespace} permits no role: annotate it with ${PERMITTED_ANNOTATION}, a regular expression that matches the ARNs of the roles its pods may have`,
  );
}

function namespacePolicyIsWellFormed({ pod, policy }: Facts): Denied | undefined {
  if (policy.kind !== "malformed") return undefined;
  return denied(
    "namespace-policy-malformed",
    `the annotation ${policy.annotation} of the namespace ${pod.namespace} ${policy.detail}`,
  );
}

function roleIsPermitted({ pod, requested, policy }: Facts): Denied | undefined {
  if (requested.kind !== "requested" || policy.kind !== "policy") return undefined;
  const { roleArn } = requested.assumption;
  if (policy.permits(roleArn)) return undefined;
  return denied(
    "role-not-permitted",
    `the annotation ${policy.annotation} of the namespace ${pod.namespace} does not match ${roleArn}; it must match the whole ARN`,
  );
}
