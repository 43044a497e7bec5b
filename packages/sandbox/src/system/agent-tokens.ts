import type { KubernetesStandIn } from "../kubernetes/api-server.ts";
import type { PodBinding } from "../kubernetes/tokens.ts";
import type { PodObject } from "../kubernetes/workloads.ts";

const NAMESPACE = "rolecall";
const SERVICE_ACCOUNT = "rolecall-agent";

/** The name of the agent's pod on a node, as `namespace/name`. */
export const agentPodOn = (nodeName: string): string => `${NAMESPACE}/${SERVICE_ACCOUNT}-${nodeName}`;

/** The agent's pod on a node as the DaemonSet makes it and kubelet reports it, the node too where it is not there yet. */
export function agentPod({ workloads }: KubernetesStandIn, nodeName: string): PodObject {
  if (!workloads.node(nodeName)) workloads.createNode(nodeName);
  if (!workloads.namespace(NAMESPACE)) workloads.createNamespace(NAMESPACE);
  const there = workloads.pod(agentPodOn(nodeName));
  if (there) return there;
  const [, name = ""] = agentPodOn(nodeName).split("/");
  workloads.createPod({
    namespace: NAMESPACE,
    name,
    labels: { "app.kubernetes.io/name": "rolecall", "app.kubernetes.io/component": "agent" },
    serviceAccountName: SERVICE_ACCOUNT,
    nodeName,
    hostNetwork: true,
    ips: ["10.0.0.1"],
  });
  const conditions = ["PodScheduled", "Ready"].map((type) => ({ type, status: "True" }));
  return workloads.updatePod(agentPodOn(nodeName), { status: { conditions } });
}

/**
 * A token as kubelet projects it into the agent's pod on a node.
 *
 * @param change what is to be otherwise than in a genuine one
 */
export function agentToken(kubernetes: KubernetesStandIn, nodeName: string, change: Partial<PodBinding> = {}): string {
  const { metadata } = agentPod(kubernetes, nodeName);
  return kubernetes.tokens.issueForPod({
    namespace: NAMESPACE,
    serviceAccountName: SERVICE_ACCOUNT,
    podName: metadata.name,
    podUid: metadata.uid,
    nodeName,
    nodeUid: kubernetes.workloads.node(nodeName)?.metadata.uid,
    audiences: ["rolecall-server"],
    ...change,
  });
}
