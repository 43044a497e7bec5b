import { type Check, checkKnown, failed, good, warning } from "./check.ts";
import type { ClusterFacts, ClusterNode } from "./facts.ts";

/** Tokens name their node from 1.30 on (KEP-4193). */
const OLDEST_MINOR = 30;

export function versionCheck({ version }: ClusterFacts): Check {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= OLDEST_MINOR
    ? good("Kubernetes", `${version} answers`)
    : failed("Kubernetes", `${version} is older than 1.${OLDEST_MINOR}, which the chart needs`, "Upgrade it.");
}

export function rightsCheck({ rights, namespace }: ClusterFacts): Check {
  return checkKnown("your rights", rights, (all) => {
    const missing = all.filter(({ isAllowed }) => !isAllowed);
    if (missing.length === 0) return good("your rights", "enough for every command");
    const says = missing.map(({ verb, resource, purpose }) => `you may not ${verb} ${resource}, ${purpose}`).join("; ");
    return warning("your rights", says, `Have them granted (in ${namespace}), or run the command in a server's pod.`);
  });
}

const ENFORCE = "pod-security.kubernetes.io/enforce";

export function namespaceCheck({ namespace, namespaceLabels }: ClusterFacts): Check {
  return checkKnown("namespace", namespaceLabels, (labels) => {
    if (labels === undefined) {
      return failed(
        "namespace",
        `there is no namespace ${namespace}`,
        "Install the chart (docs/install-eks.md), or say where it is: --namespace.",
      );
    }
    const level = labels[ENFORCE];
    return level === undefined || level === "privileged"
      ? good("namespace", `${namespace} lets agents run (Pod Security ${level ?? "not enforced"})`)
      : failed(
          "namespace",
          `${namespace} enforces the Pod Security level ${level}, which refuses the agents: they use the host's network`,
          `kubectl label namespace ${namespace} --overwrite ${ENFORCE}=privileged`,
        );
  });
}

/** What the chart binds servers to when nobody says otherwise. */
const DEFAULT_LABELS = { "rolecall.dev/server": "true" };

export function serverNodesCheck({ nodes, deployment }: ClusterFacts): Check {
  const name = "servers' nodes";
  return checkKnown(name, nodes, (all) => {
    const installed = deployment.kind === "known" ? deployment.value : undefined;
    const wanted = Object.entries(installed?.nodeSelector ?? DEFAULT_LABELS).filter(
      ([key]) => key !== "kubernetes.io/os",
    );
    if (wanted.length === 0) return good(name, "servers may run on any node (server.dedicatedNodes.enabled is false)");
    const labels = wanted.map(([key, value]) => `${key}=${value}`).join(",");
    const chosen = all.filter((node) => wanted.every(([key, value]) => node.labels[key] === value));
    if (chosen.length === 0) {
      return failed(
        name,
        `no node has the label ${labels}, so no server can run`,
        `Label and taint the servers' nodes: kubectl label node NODE ${labels}`,
      );
    }
    const open = chosen.filter((node) => !isTainted(node, wanted));
    if (open.length > 0) {
      return warning(
        name,
        `${open.map((node) => node.name).join(", ")}: has the label and no taint, so that pods of tenants may run beside the servers`,
        `kubectl taint node ${open[0]?.name} ${labels}:NoSchedule`,
      );
    }
    return chosen.length === 1
      ? warning(
          name,
          `only ${chosen[0]?.name} has the label ${labels}`,
          "Have two, in two zones: new pods wait for credentials while it is away.",
        )
      : good(name, `${chosen.length} nodes with the label and a taint`);
  });
}

const isTainted = ({ taints }: ClusterNode, wanted: readonly (readonly [string, string])[]) =>
  wanted.some(([key]) => taints.some((taint) => taint.startsWith(`${key}=`) || taint.startsWith(`${key}:`)));

export function certManagerCheck({ deployment, hasCertManager }: ClusterFacts): Check {
  const name = "certificates";
  return checkKnown(name, deployment, (installed) => {
    // As the chart calls what cert-manager is to make.
    if (!installed?.secrets.some((secret) => secret.endsWith("-issued")))
      return good(name, "cert-manager is not needed");
    return checkKnown(name, hasCertManager, (has) =>
      has
        ? good(name, "issued by cert-manager")
        : failed(
            name,
            "tls.mode is cert-manager, and the cluster has none",
            "Install cert-manager, or set another tls.mode.",
          ),
    );
  });
}
