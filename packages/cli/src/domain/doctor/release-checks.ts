import type { ReleasePod } from "../fleet/release.ts";
import { type Check, checkKnown, failed, good, warning } from "./check.ts";
import type { ClusterFacts, InstalledWorkload, Known } from "./facts.ts";

export const serversCheck = ({ deployment, servers, namespace }: ClusterFacts): Check =>
  workloadCheck("servers", "Deployment", namespace, deployment, servers);

export const agentsCheck = ({ daemonSet, agents, namespace }: ClusterFacts): Check =>
  workloadCheck("agents", "DaemonSet", namespace, daemonSet, agents);

function workloadCheck(
  name: string,
  kind: string,
  namespace: string,
  workload: Known<InstalledWorkload | undefined>,
  pods: Known<readonly ReleasePod[]>,
): Check {
  return checkKnown(name, workload, (installed) => {
    if (!installed)
      return failed(name, `there is no ${kind} of Rolecall in ${namespace}`, "Install the chart: docs/install-eks.md.");
    return checkKnown(name, pods, (all) => {
      const ready = all.filter((pod) => pod.ready).length;
      if (ready >= installed.desired && installed.desired > 0)
        return good(name, `${ready} of ${installed.desired} ready`);
      if (installed.desired === 0)
        return failed(name, `the ${kind} wants no pod`, "See its replicas, or the nodes' labels and taints.");
      const why = all.find((pod) => !pod.ready && pod.problem !== undefined);
      const says = `${ready} of ${installed.desired} ready${why ? `; ${why.name}: ${why.problem}` : ""}`;
      return failed(name, says, `kubectl --namespace ${namespace} get pods, and the log of one that is not ready.`);
    });
  });
}

export function versionsCheck({ servers, agents }: ClusterFacts): Check {
  return checkKnown("versions", servers, (some) =>
    checkKnown("versions", agents, (others) => {
      const versions = [...new Set([...some, ...others].map(({ version }) => version ?? "unknown"))].sort();
      return versions.length <= 1
        ? good("versions", versions[0] === undefined ? "nothing runs" : `all ${versions[0]}`)
        : warning(
            "versions",
            `servers and agents are of ${versions.join(" and ")}`,
            "Let the rollout end; neighbouring versions work together.",
          );
    }),
  );
}

export function permissionsCheck({ pods, namespaces }: ClusterFacts): Check {
  const name = "namespaces";
  return checkKnown(name, pods, (all) =>
    checkKnown(name, namespaces, (known) => {
      const permitting = new Set(known.filter((each) => each.permitted || each.allowedRoles).map((each) => each.name));
      const asking = new Set(
        all.filter((pod) => pod.annotations.role !== undefined && !pod.finished).map((pod) => pod.namespace),
      );
      const silent = [...asking].filter((namespace) => !permitting.has(namespace)).sort();
      return silent.length === 0
        ? good(name, `${asking.size} with pods that ask for a role, and each permits some`)
        : failed(
            name,
            `${silent.join(", ")}: pods ask for a role, and the namespace permits none`,
            "Annotate it with iam.amazonaws.com/permitted. See rolecall explain namespace-policy-missing",
          );
    }),
  );
}
