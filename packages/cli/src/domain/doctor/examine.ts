import type { Check } from "./check.ts";
import { certManagerCheck, namespaceCheck, rightsCheck, serverNodesCheck, versionCheck } from "./cluster-checks.ts";
import type { ClusterFacts } from "./facts.ts";
import { agentsCheck, permissionsCheck, serversCheck, versionsCheck } from "./release-checks.ts";

const CHECKS = [
  versionCheck,
  rightsCheck,
  namespaceCheck,
  serverNodesCheck,
  certManagerCheck,
  serversCheck,
  agentsCheck,
  versionsCheck,
  permissionsCheck,
] as const;

export const examine = (facts: ClusterFacts): readonly Check[] => CHECKS.map((check) => check(facts));
