import { POD_ANNOTATIONS, type Pod } from "@rolecall/server/domain/pod/pod";
import { requestedAssumption } from "@rolecall/server/domain/pod/requested-assumption";
import type { GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import type { RoleArn } from "@rolecall/server/domain/role/role-arn";
import type { Finding } from "./finding.ts";

/** A pod, or the template of one, and what it is called. */
export interface PlacedPod {
  readonly where: string;
  readonly pod: Pod;
}

/** A pod that asks for a role, and which. */
export interface Asking {
  readonly where: string;
  readonly namespace: string;
  /** As the annotation has it. */
  readonly reference: string;
  readonly roleArn: RoleArn;
}

export interface ExaminedPods {
  /** How many ask for a role. */
  readonly count: number;
  /** Those whose role's ARN is known. */
  readonly asking: readonly Asking[];
  readonly findings: readonly Finding[];
}

/** Which pods ask for which role, and what of their annotations means another thing here. */
export function examinePods(pods: readonly PlacedPod[], rules: GrantRules): ExaminedPods {
  const asking: Asking[] = [];
  const findings: Finding[] = [];
  let count = 0;
  let unresolved = 0;
  for (const { where, pod } of pods) {
    const { role } = pod.annotations;
    if (role === undefined || pod.finished) continue;
    count += 1;
    if (pod.hostNetwork) {
      findings.push({
        kind: "change",
        where,
        says: "is on the host's network and gets no role, as it cannot be told from its node",
        fix: `Remove hostNetwork or the annotation ${POD_ANNOTATIONS.role}.`,
      });
      continue;
    }
    if (rules.baseArn === undefined && !/^arn:/i.test(role)) {
      unresolved += 1;
      continue;
    }
    const requested = requestedAssumption(pod, rules);
    if (requested.kind === "denied") findings.push({ kind: "change", where, says: requested.detail });
    if (requested.kind === "requested") {
      asking.push({ where, namespace: pod.namespace, reference: role, roleArn: requested.assumption.roleArn });
    }
  }
  return { count, asking, findings: [...findings, ...unresolvedFinding(unresolved)] };
}

const unresolvedFinding = (unresolved: number): readonly Finding[] =>
  unresolved === 0
    ? []
    : [
        {
          kind: "note",
          where: "short role names",
          says: `${unresolved} pods ask by one, and its account is not known, so that their namespaces' policies were not applied`,
          fix: "Run this again with --role-base-arn=arn:aws:iam::ACCOUNT:role/.",
        },
      ];
