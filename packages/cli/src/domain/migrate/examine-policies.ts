import {
  ALLOWED_ROLES_ANNOTATION,
  type Namespace,
  PERMITTED_ANNOTATION,
} from "@rolecall/server/domain/namespace/namespace";
import { permittedRoles } from "@rolecall/server/domain/namespace/permitted-roles";
import type { GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import type { RoleArn } from "@rolecall/server/domain/role/role-arn";
import type { Finding } from "./finding.ts";
import { alternatives, kiamExpression } from "./kiam-policy.ts";

/** A pod that asks for a role, and which. */
export interface Asking {
  readonly where: string;
  readonly namespace: string;
  readonly roleArn: RoleArn;
}

/** What each namespace's expression meant to kiam, where that is not what it means here. */
export function examineKiamPolicies(
  namespaces: readonly Namespace[],
  asking: readonly Asking[],
  rules: GrantRules,
  isStrict: boolean,
): readonly Finding[] {
  return namespaces.flatMap((namespace): readonly Finding[] => {
    const { name, permitted } = namespace;
    if (!permitted) return [];
    const where = `namespace ${name}`;
    const policy = permittedRoles(namespace, rules);
    if (policy.kind !== "policy") {
      const detail = policy.kind === "malformed" ? policy.detail : "is empty";
      return [
        { kind: "note", where, says: `its ${PERMITTED_ANNOTATION} ${detail}, and permitted nothing under kiam either` },
      ];
    }
    const meant = kiamExpression(permitted, isStrict);
    const lost = asking.filter(
      (pod) => pod.namespace === name && meant?.matches(pod.roleArn) && !policy.permits(pod.roleArn),
    );
    return [
      ...looseness(where, permitted, isStrict),
      ...lost.map(
        (pod): Finding => ({
          kind: "change",
          where: pod.where,
          says: `loses ${pod.roleArn}, which kiam gave it by the namespace's ${JSON.stringify(permitted)}`,
          fix: "Add the role to the namespace's expression where the pod is to keep it.",
        }),
      ),
    ];
  });
}

function looseness(where: string, permitted: string, isStrict: boolean): readonly Finding[] {
  if (!isStrict) {
    const says = `${JSON.stringify(permitted)} permitted every ARN with a match anywhere in it, and now must match all of it`;
    return [
      { kind: "note", where, says, fix: `Write ${JSON.stringify(`.*(?:${permitted}).*`)} where that was meant.` },
    ];
  }
  const parts = alternatives(permitted);
  if (parts.length === 1) return [];
  const between = parts.slice(1, -1).map((part) => `, whatever holds ${part}`);
  return [
    {
      kind: "note",
      where,
      says: `${JSON.stringify(permitted)} permitted more than it says: whatever begins with ${parts[0]}${between.join("")}, and whatever ends with ${parts.at(-1)}; now it permits exactly its alternatives`,
    },
  ];
}

/** What kube2iam's restrictions meant, where that is not what they mean here. @param restricts whether it had any */
export function examineKube2iamPolicies(
  namespaces: readonly Namespace[],
  asking: readonly Asking[],
  rules: GrantRules,
  restricts: boolean,
): readonly Finding[] {
  const byName = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  const names = [...new Set(asking.map(({ namespace }) => namespace))].sort();
  return names.flatMap((name): readonly Finding[] => {
    const namespace = byName.get(name) ?? { name, permitted: undefined };
    const pods = asking.filter((pod) => pod.namespace === name);
    const policy = permittedRoles(namespace, { ...rules, readsAllowedRoles: true });
    const refused = pods.filter(({ roleArn }) => policy.kind !== "policy" || !policy.permits(roleArn));
    if (refused.length === 0) return [];
    const says =
      policy.kind === "policy"
        ? `its ${ALLOWED_ROLES_ANNOTATION} does not permit what ${refused.length} of its pods ask for; here * does not cross a slash`
        : `permits no role${restricts ? "" : ", as kube2iam needed none"}, and ${refused.length} of its pods ask for one`;
    return [
      {
        kind: "change",
        where: `namespace ${name}`,
        says,
        fix: `Permit what its pods use: ${annotateCommand(name, pods)}`,
      },
    ];
  });
}

/** The command that permits a namespace exactly what its pods ask for. */
function annotateCommand(namespace: string, pods: readonly Asking[]): string {
  const arns = [...new Set(pods.map(({ roleArn }) => roleArn))].sort();
  // Of what an ARN may hold, these mean something to RE2.
  const expression = arns.map((arn) => arn.replaceAll(/[.+]/g, "\\$&")).join("|");
  return `kubectl annotate namespace ${namespace} --overwrite '${PERMITTED_ANNOTATION}=${expression}'`;
}
