import { CLUSTER_DOMAIN, GATEWAY, POD_RANGE } from "./network-plan.ts";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Name of the image of which each pod's first container is made. */
export const PAUSE_IMAGE = "localhost/pause:1";

export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

/**
 * Directories that each node has for itself, at the places where a real machine has them. The node sees its own through
 * a mount namespace; a hostPath volume and a process started on the node find what they would find on EC2.
 */
export const OWN_DIRECTORIES = [
  "/etc/cni/net.d",
  "/run/containerd",
  "/run/rolecall",
  "/var/lib/cni",
  "/var/lib/containerd",
  "/var/lib/kubelet",
  "/var/log/containers",
  "/var/log/pods",
] as const;

/**
 * The file under /etc/cni/net.d. `ptp` gives each pod a veth pair of its own and no bridge between them: like the
 * VPC CNI, traffic of a pod enters the node's routing from an interface without a range on it.
 *
 * @param addresses the first and the last address that new pods get, when not the whole range is to be used
 */
export function cniConfig(podRange: string, addresses?: readonly [string, string]): string {
  const [rangeStart, rangeEnd] = addresses ?? [];
  return JSON.stringify({
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      {
        type: "ptp",
        // Masquerading is the node's matter (raise-node.ts): this plugin would also hide pods from each other.
        ipMasq: false,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: podRange, rangeStart, rangeEnd }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
}

/** @param cniPrograms the directory where the machine keeps the CNI plugins */
export function containerdConfig(cniPrograms: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE, as in many virtual machines and containers, runc dies of a score under its own.
  restrict_oom_score_adj = true
  # The mounts then live and die with the node's own /run/containerd.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniPrograms}"
    conf_dir = "/etc/cni/net.d"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
`;
}

export interface KubeletFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly resolvConf: string;
}

/** @param cgroup the node's cgroup, below the root of every controller */
export function kubeletConfig(cgroup: string, files: KubeletFiles, taints: readonly Taint[]): string {
  return JSON.stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: files.caFile },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: files.certFile,
    tlsPrivateKeyFile: files.keyFile,
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroup}`,
    // The machine may have either version, and swap.
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [GATEWAY],
    clusterDomain: CLUSTER_DOMAIN,
    resolvConf: files.resolvConf,
    // The default is under /usr.
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
    registerWithTaints: taints,
    maxPods: 250,
    // All nodes share one disk, whose fullness is not the cluster's matter.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    nodeStatusReportFrequency: "10s",
  });
}

export function kubeProxyConfig(nodeName: string, kubeconfigFile: string): string {
  return JSON.stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    hostnameOverride: nodeName,
    clientConnection: { kubeconfig: kubeconfigFile },
    clusterCIDR: POD_RANGE,
    // These limits belong to the machine and cannot be written from a network namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  });
}
