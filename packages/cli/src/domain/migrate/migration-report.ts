import type { Namespace } from "@rolecall/server/domain/namespace/namespace";
import type { GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import { type BaseArn, parseBaseArn } from "@rolecall/server/domain/role/role-reference";
import { examinePods, type PlacedPod } from "./examine-pods.ts";
import { examineKiamPolicies, examineKube2iamPolicies } from "./examine-policies.ts";
import type { Finding } from "./finding.ts";
import { type LegacyInstallation, majorVersionOf, mapFlags, setFlags } from "./legacy-installation.ts";

export type Predecessor = "kiam" | "kube2iam";

/** What was found of a cluster, or of manifests. */
export interface MigrationFacts {
  readonly predecessor: Predecessor;
  readonly installations: readonly LegacyInstallation[];
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly PlacedPod[];
  /** What short role names belong to, where the installation's flags do not say. */
  readonly baseArn: BaseArn | undefined;
}

export interface MigrationReport {
  readonly findings: readonly Finding[];
  /** Chart values by their path. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly counts: { readonly installations: number; readonly namespaces: number; readonly pods: number };
}

/** Lets both run side by side: another port for each that would meet the predecessor's, and clients without IMDSv2. */
const BESIDE: Readonly<Record<string, unknown>> = {
  "agent.metadata.tokens": "optional",
  "agent.metadata.port": 8183,
  "agent.adminPort": 9622,
};

/** What would change for pods, and the values to begin with. */
export function migrationReport(facts: MigrationFacts): MigrationReport {
  const { predecessor, installations, namespaces } = facts;
  const mapped = installations.map(mapFlags);
  const values: Record<string, unknown> = Object.assign({}, BESIDE, ...mapped.map((each) => each.values));
  const flags = installations.flatMap(setFlags);
  const isOn = (name: string) => flags.some((flag) => flag.name === name && flag.text !== "false");
  const configured = parseBaseArn(String(values["aws.roleBaseArn"] ?? ""));
  const rules: GrantRules = {
    baseArn: configured.kind === "valid" ? configured.value : facts.baseArn,
    defaultDurationSeconds: 3_600,
    maxDurationSeconds: 3_600,
    readsAllowedRoles: predecessor === "kube2iam",
  };
  const pods = examinePods(facts.pods, rules);
  const policies =
    predecessor === "kiam"
      ? examineKiamPolicies(namespaces, pods.asking, rules, {
          isStrict: !isOn("disable-strict-namespace-regexp"),
          majorVersion: majorVersionOf(installations),
        })
      : examineKube2iamPolicies(namespaces, pods.asking, rules, isOn("namespace-restrictions"));
  return {
    findings: [...pods.findings, ...policies, ...mapped.flatMap(({ findings }) => findings)].sort((a, b) =>
      a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0,
    ),
    values,
    counts: { installations: installations.length, namespaces: namespaces.length, pods: pods.count },
  };
}

/** `{"aws.region": "x"}` as `{aws: {region: "x"}}`. */
export function nested(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let node = root;
    for (const key of keys) {
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    node[last] = value;
  }
  return root;
}
