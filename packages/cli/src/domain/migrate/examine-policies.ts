import {
  ALLOWED_ROLES_ANNOTATION,
  type Namespace,
  PERMITTED_ANNOTATION,
} from "@rolecall/server/domain/namespace/namespace";
import { permittedRoles } from "@rolecall/server/domain/namespace/permitted-roles";
import type { GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import type { Asking } from "./examine-pods.ts";
import type { Finding } from "./finding.ts";
import { alternatives, forBoth, heldAgainst, type KiamReading, kiamExpression, literally } from "./kiam-policy.ts";

/** What each namespace's expression meant to kiam, where that is not what it means here. */
export function examineKiamPolicies(
  namespaces: readonly Namespace[],
  asking: readonly Asking[],
  rules: GrantRules,
  kiam: KiamReading,
): readonly Finding[] {
  const found = namespaces.flatMap((namespace): readonly Finding[] => {
    const { name, permitted } = namespace;
    // Kiam gave nothing without an expression either.
    if (!permitted) return [];
    const policy = permittedRoles(namespace, rules);
    const meant = kiamExpression(permitted, kiam.isStrict);
    const lost = asking.filter(
      (pod) =>
        pod.namespace === name &&
        !(policy.kind === "policy" && policy.permits(pod.roleArn)) &&
        // Only what kiam is known to have denied is no loss.
        heldAgainst(pod, kiam).some((text) => meant?.matches(text)),
    );
    const where = `namespace ${name}`;
    return [
      ...(policy.kind === "malformed"
        ? [unusable(where, policy.detail, meant === undefined)]
        : looseness(where, permitted, kiam)),
      ...lost.map((pod) => loss(pod, permitted, kiam)),
    ];
  });
  return [...found, ...unread(namespaces, asking)];
}

function loss(pod: Asking, permitted: string, kiam: KiamReading): Finding {
  const { where, reference, roleArn } = pod;
  const expression = JSON.stringify(permitted);
  const byArn = heldAgainst(pod, kiam).includes(roleArn) && kiamExpression(permitted, kiam.isStrict)?.matches(roleArn);
  if (byArn) {
    return {
      kind: "change",
      where,
      says: `loses ${roleArn}, which kiam gave it by the namespace's ${expression}`,
      fix: "Add the role to the namespace's expression where the pod is to keep it.",
    };
  }
  const which = kiam.majorVersion === undefined ? "if the kiam here is older than v4, which" : "as a kiam before v4";
  const both = forBoth(permitted, pod);
  return {
    kind: "change",
    where,
    says: `loses ${roleArn}, ${which} holds the namespace's ${expression} against ${JSON.stringify(reference)}; here the whole ARN must match`,
    fix:
      both === undefined
        ? "Have the namespace's expression match the whole ARN too."
        : `Write ${JSON.stringify(both)}, which permits it before the move and after it.`,
  };
}

const unusable = (where: string, detail: string, toKiamToo: boolean): Finding => ({
  kind: "note",
  where,
  says: `its ${PERMITTED_ANNOTATION} ${detail}${toKiamToo ? ", and permitted nothing under kiam either" : ""}`,
});

/** Manifests may have pods of a namespace that is in other ones. */
function unread(namespaces: readonly Namespace[], asking: readonly Asking[]): readonly Finding[] {
  const read = new Set(namespaces.map(({ name }) => name));
  const names = new Set(asking.map(({ namespace }) => namespace).filter((name) => !read.has(name)));
  return [...names].sort().map((name) => ({
    kind: "note",
    where: `namespace ${name}`,
    says: "was not among what was read, so what it permits was not looked at, and pods of it ask for a role",
    fix: "Read its manifest too, or the cluster.",
  }));
}

function looseness(where: string, permitted: string, { isStrict }: KiamReading): readonly Finding[] {
  if (!isStrict) {
    const says = `${JSON.stringify(permitted)} permitted every role with a match anywhere in it, and now must match all of it`;
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
  const expression = arns.map(literally).join("|");
  return `kubectl annotate namespace ${namespace} --overwrite '${PERMITTED_ANNOTATION}=${expression}'`;
}
