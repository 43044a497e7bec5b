import type { DeniedReason } from "@rolecall/common/reasons/reasons";
import type { ServerStatus } from "@rolecall/server/domain/fleet/fleet-report";
import { ALLOWED_ROLES_ANNOTATION, PERMITTED_ANNOTATION } from "@rolecall/server/domain/namespace/namespace";
import { POD_ANNOTATIONS } from "@rolecall/server/domain/pod/pod";
import { decideGrant, type GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import { parseBaseArn } from "@rolecall/server/domain/role/role-reference";
import { fixOf } from "./advice.ts";
import { type PodFacts, reportsOf } from "./facts.ts";
import { failed, type Hop, type HopName, passed, unknown } from "./hop.ts";

/** Where a person looks for the cause of each denial. */
const HOP_OF_DENIAL: Readonly<Record<DeniedReason, HopName>> = {
  "role-reference-malformed": "annotation",
  "session-name-malformed": "annotation",
  "external-id-malformed": "annotation",
  "session-duration-malformed": "annotation",
  "host-network": "annotation",
  "namespace-policy-missing": "namespace policy",
  "namespace-policy-malformed": "namespace policy",
  "role-not-permitted": "role",
};

export function annotationHop(facts: PodFacts): Hop {
  const { pod, ref } = facts;
  if (!pod) return failed("annotation", `there is no pod ${ref}`, "See its name and namespace: kubectl get pods.");
  if (pod.finished) return failed("annotation", "the pod has finished", "A finished pod needs no credentials.");
  const { role } = pod.annotations;
  if (role === undefined) {
    return failed(
      "annotation",
      `the pod has no annotation ${POD_ANNOTATIONS.role}`,
      "Annotate the pod (in a Deployment: its spec.template.metadata) with the role it is to have.",
    );
  }
  return deniedAt("annotation", facts) ?? passed("annotation", `asks for ${role}`);
}

export function namespaceHop(facts: PodFacts): Hop {
  const { permitted, allowedRoles } = facts.namespace ?? {};
  const [annotation, text] =
    permitted !== undefined ? [PERMITTED_ANNOTATION, permitted] : [ALLOWED_ROLES_ANNOTATION, allowedRoles];
  return deniedAt("namespace policy", facts) ?? passed("namespace policy", `${annotation}: ${text}`);
}

export function roleHop(facts: PodFacts): Hop {
  const denial = deniedAt("role", facts);
  if (denial) return denial;
  const grant = grantOf(facts);
  if (grant?.kind === "granted") return passed("role", `${grant.assumption.roleArn}, which the namespace permits`);
  return unknown("role", "the ARN is not known, as no server said which account short role names belong to");
}

function deniedAt(name: HopName, facts: PodFacts): Hop | undefined {
  const grant = grantOf(facts);
  if (grant?.kind !== "denied" || HOP_OF_DENIAL[grant.reason] !== name) return undefined;
  return failed(name, grant.detail, fixOf(grant.reason), grant.reason);
}

/** What the servers' own rules say of the pod as the API server has it now; undefined where they cannot be applied. */
function grantOf(facts: PodFacts) {
  const { pod, namespace } = facts;
  if (!pod) return undefined;
  const rules = rulesOf(reportsOf(facts)[0]?.server);
  const grant = decideGrant(pod, namespace, rules);
  const isShort = pod.annotations.role !== undefined && !/^arn:/i.test(pod.annotations.role);
  return grant.kind === "denied" && grant.reason === "role-reference-malformed" && isShort && !rules.baseArn
    ? decideForSomeAccount(facts, rules)
    : grant;
}

/** Without the account a short name's ARN is not known, but what is wrong before it comes to that is. */
function decideForSomeAccount({ pod, namespace }: PodFacts, rules: GrantRules) {
  if (!pod) return undefined;
  const grant = decideGrant(pod, namespace, {
    ...rules,
    baseArn: { partition: "aws", accountId: "000000000000", path: "/" },
  });
  return grant.kind === "denied" && HOP_OF_DENIAL[grant.reason] !== "role" ? grant : undefined;
}

/**
 * The rules of the servers, as one of them says. Where none does, their defaults, but that kube2iam's annotation counts: who
 * comes from there has it.
 */
export function rulesOf(server: ServerStatus | undefined): GrantRules {
  const base = server?.roleBaseArn === undefined ? undefined : parseBaseArn(server.roleBaseArn);
  return {
    baseArn: base?.kind === "valid" ? base.value : undefined,
    defaultDurationSeconds: server?.defaultDurationSeconds ?? 3_600,
    maxDurationSeconds: server?.maxDurationSeconds ?? 3_600,
    readsAllowedRoles: server?.readsAllowedRoles ?? true,
  };
}
