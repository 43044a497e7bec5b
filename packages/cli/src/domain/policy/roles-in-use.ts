import type { Namespace } from "@rolecall/server/domain/namespace/namespace";
import type { Pod } from "@rolecall/server/domain/pod/pod";
import { decideGrant, type GrantRules } from "@rolecall/server/domain/policy/decide-grant";

export interface RoleInUse {
  readonly roleArn: string;
  /** Those that its pods name, in order; empty where none does. */
  readonly externalIds: readonly string[];
  /** Whether a pod has it without an external ID. */
  readonly isUsedWithoutExternalId: boolean;
}

export interface RolesInUse {
  readonly roles: readonly RoleInUse[];
  /** Pods that ask for a role and are denied it, by their reason: `shop/web: role-not-permitted`. */
  readonly denied: readonly string[];
}

/** The roles that pods are granted, by ARN. */
export function rolesInUse(pods: readonly Pod[], namespaces: readonly Namespace[], rules: GrantRules): RolesInUse {
  const byName = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  const externalIds = new Map<string, Set<string | undefined>>();
  const denied: string[] = [];
  for (const pod of pods) {
    if (pod.finished) continue;
    const grant = decideGrant(pod, byName.get(pod.namespace), rules);
    if (grant.kind === "denied") denied.push(`${pod.namespace}/${pod.name}: ${grant.reason}`);
    if (grant.kind !== "granted") continue;
    const { roleArn, externalId } = grant.assumption;
    externalIds.set(roleArn, (externalIds.get(roleArn) ?? new Set()).add(externalId));
  }
  const roles = [...externalIds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([roleArn, ids]) => ({
      roleArn,
      externalIds: [...ids].filter((id) => id !== undefined).sort(),
      isUsedWithoutExternalId: ids.has(undefined),
    }));
  return { roles, denied };
}
