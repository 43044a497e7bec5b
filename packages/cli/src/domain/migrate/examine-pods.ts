import { POD_ANNOTATIONS, type Pod } from "@rolecall/server/domain/pod/pod";
import { requestedAssumption } from "@rolecall/server/domain/pod/requested-assumption";
import type { GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import type { Asking } from "./examine-policies.ts";
import type { Finding } from "./finding.ts";

/** A pod, or the template of one, and what it is called. */
export interface PlacedPod {
  readonly where: string;
  readonly pod: Pod;
}

/** Which pods ask for which role, and what of their annotations means another thing here. */
export function examinePods(
  pods: readonly PlacedPod[],
  rules: GrantRules,
): { readonly asking: readonly Asking[]; readonly findings: readonly Finding[] } {
  const asking: Asking[] = [];
  const findings: Finding[] = [];
  for (const { where, pod } of pods) {
    if (pod.annotations.role === undefined || pod.finished) continue;
    if (pod.hostNetwork) {
      findings.push({
        kind: "change",
        where,
        says: "is on the host's network and gets no role, as it cannot be told from its node",
        fix: `Remove hostNetwork or the annotation ${POD_ANNOTATIONS.role}.`,
      });
      continue;
    }
    const requested = requestedAssumption(pod, rules);
    if (requested.kind === "denied") findings.push({ kind: "change", where, says: requested.detail });
    if (requested.kind === "requested") {
      asking.push({ where, namespace: pod.namespace, roleArn: requested.assumption.roleArn });
    }
  }
  return { asking, findings };
}
