import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { cgroupName, makeCgroup } from "./cgroups.ts";
import { ClusterNode } from "./cluster-node.ts";
import type { StateFile, WorkDir } from "./cluster-state.ts";
import { pauseArchive } from "./images.ts";
import { nodeAddresses } from "./network-plan.ts";
import { cniConfig, containerdConfig, kubeletConfig, kubeProxyConfig, type Taint } from "./node-config.ts";
import { furnish, resolvConf, startNamespaces } from "./node-namespaces.ts";
import { connectNode } from "./node-network.ts";
import { findCniPrograms, findOnPath, programPath } from "./programs.ts";

export interface NodeSpec {
  readonly name: string;
  /** The kubelet sets them itself, so those that NodeRestriction forbids it (node-role.kubernetes.io/…) cannot be here. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
}

/** Brings a node up to where it can run containers; nothing of it needs the control plane. */
export async function raiseNode(
  workDir: WorkDir,
  state: StateFile,
  { name }: NodeSpec,
  number: number,
): Promise<ClusterNode> {
  const addresses = nodeAddresses(number);
  mkdirSync(workDir.node(name), { recursive: true });
  const init = await startNamespaces(workDir, name);
  const nodeState = { name, ip: addresses.ip, podRange: addresses.podRange, init };
  state.addNode(nodeState);
  makeCgroup(name);
  await furnish(workDir, name, init);
  await connectNode(init, addresses);
  const node = new ClusterNode(workDir, nodeState);
  await startContainerd(workDir, node);
  await node.importImage(pauseArchive());
  return node;
}

async function startContainerd(workDir: WorkDir, node: ClusterNode): Promise<void> {
  const cniPrograms = findCniPrograms();
  const containerd = findOnPath("containerd");
  if (cniPrograms === undefined || containerd === undefined)
    throw new Error("containerd or its CNI plugins are missing");
  writeFileSync(join(node.ownPath("/etc/cni/net.d"), "10-pods.conflist"), cniConfig(node.podRange));
  const config = join(workDir.node(node.name), "containerd.toml");
  writeFileSync(config, containerdConfig(cniPrograms));
  await node.spawn([containerd, "--config", config], { name: "containerd" });
  await eventually({ what: `containerd on ${node.name}`, everyMs: 50 }, async () => {
    await node.exec(["ctr", "version"]);
    return true;
  });
}

/** Starts what makes the node a member of the cluster. */
export async function joinCluster(workDir: WorkDir, node: ClusterNode, { labels = {}, taints = [] }: NodeSpec) {
  const { name, ip } = node;
  const dir = workDir.node(name);
  const kubeletFile = join(dir, "kubelet.json");
  const files = {
    caFile: join(workDir.pki, "ca.crt"),
    certFile: join(workDir.pki, `${name}.crt`),
    keyFile: join(workDir.pki, `${name}.key`),
    resolvConf: resolvConf(workDir, name),
  };
  writeFileSync(kubeletFile, kubeletConfig(cgroupName(name), files, taints));
  const nodeLabels = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  await node.spawn(
    [
      programPath("kubelet"),
      `--config=${kubeletFile}`,
      `--kubeconfig=${workDir.kubeconfig(name)}`,
      `--hostname-override=${name}`,
      `--node-ip=${ip}`,
      ...(nodeLabels.length === 0 ? [] : [`--node-labels=${nodeLabels.join(",")}`]),
    ],
    { name: "kubelet" },
  );
  const proxyFile = join(dir, "kube-proxy.json");
  writeFileSync(proxyFile, kubeProxyConfig(name, workDir.kubeconfig("proxy")));
  await node.spawn([programPath("kube-proxy"), `--config=${proxyFile}`], { name: "kube-proxy" });
}
