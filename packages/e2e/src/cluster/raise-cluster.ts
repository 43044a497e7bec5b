import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { allowForwarding, bridgedFramesAreFiltered, makeBridge } from "./bridge.ts";
import { CONTROL_PLANE_SUBJECTS, makeCertificates, nodeSubject } from "./certificates.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { StateFile, WorkDir } from "./cluster-state.ts";
import { startApi, startControllers, untilDnsAnswers } from "./control-plane.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { Kubectl } from "./kubectl.ts";
import { takeTurn } from "./machine-turn.ts";
import { nodeAddresses } from "./network-plan.ts";
import { makeMountPoints } from "./node-namespaces.ts";
import { addPodRoute } from "./node-network.ts";
import { Progress } from "./progress.ts";
import { joinCluster, type NodeSpec, raiseNode } from "./raise-node.ts";
import { teardown } from "./teardown.ts";

export interface ClusterSpec {
  readonly nodes: readonly NodeSpec[];
  /** Where the cluster keeps its files; made when absent. Sockets lie below, so the path must be short. */
  readonly workDir: string;
  /** Whether the cluster is to outlive this process; otherwise the next raise ends it as a leftover. */
  readonly stays?: boolean;
  /** How long to wait while another cluster is up on this machine; 10 min when absent. */
  readonly waitMs?: number;
  readonly progress?: Progress;
}

/** A group of dedicated nodes for the server and two workers, as Rolecall is deployed. */
export const THREE_NODES: readonly NodeSpec[] = [
  { name: "server-1", labels: { role: "server" } },
  { name: "worker-1", labels: { role: "worker" } },
  { name: "worker-2", labels: { role: "worker" } },
];

/** A socket's path has at most 107 bytes (unix(7)); the longest part below the work directory is about 60. */
const MAX_WORK_DIR = 45;

/**
 * Raises a cluster of real Kubernetes processes on this machine; see packages/e2e/README.md for its shape. The machine
 * must have been prepared.
 *
 * @throws Error that says which part did not come up; what had come up is ended, and the logs stay
 */
export async function raiseCluster(spec: ClusterSpec): Promise<Cluster> {
  const { progress = new Progress(), stays = false, waitMs = 600_000 } = spec;
  const workDir = new WorkDir(spec.workDir);
  if (workDir.path.length > MAX_WORK_DIR) {
    throw new Error(`work directory ${workDir.path} is longer than ${MAX_WORK_DIR} characters: take a shorter one`);
  }
  await takeTurn(workDir, { stays, waitMs }, progress);
  try {
    return await progress.step(`raised ${spec.nodes.length} nodes`, () => raise(workDir, spec.nodes, progress));
  } catch (error) {
    await teardown(workDir, { keepLogs: true });
    throw new Error(`the cluster did not come up; its logs are in ${workDir.logs}`, { cause: error });
  }
}

async function raise(workDir: WorkDir, specs: readonly NodeSpec[], progress: Progress): Promise<Cluster> {
  const state = StateFile.create(workDir);
  const kubectl = new Kubectl(workDir.kubeconfig("admin"));
  await makeIdentities(workDir, specs);
  await makeBridge();
  if (bridgedFramesAreFiltered()) {
    state.update({ forwardRule: true });
    await allowForwarding();
  }
  state.update({ mountPoints: makeMountPoints() });

  const [, nodes] = await Promise.all([
    progress.step("API server", () => startApi(workDir, state, kubectl)),
    progress.step("containerd", () => raiseNodes(workDir, state, specs)),
  ]);
  await startControllers(workDir, state);
  await Promise.all(nodes.map((node, index) => joinCluster(workDir, node, specs[index] ?? { name: node.name })));
  await Promise.all([
    progress.step("nodes ready", () => untilReady(kubectl, nodes)),
    progress.step("DNS", untilDnsAnswers),
    // Until it exists, no pod can be created in the namespace.
    progress.step("controllers", () =>
      eventually({ what: "the default ServiceAccount", timeoutMs: READY_TIMEOUT_MS }, async () => {
        await kubectl.run(["get", "serviceaccount", "default", "--namespace=default"]);
        return true;
      }),
    ),
  ]);
  return new Cluster(workDir, nodes);
}

const READY_TIMEOUT_MS = 90_000;

/** Certificates and kubeconfigs of everybody who talks to the API server. */
async function makeIdentities(workDir: WorkDir, specs: readonly NodeSpec[]): Promise<void> {
  const { pki, control } = workDir;
  const nodes = specs.map(({ name }, index) => nodeSubject(name, nodeAddresses(index + 1).ip));
  await makeCertificates(pki, [...CONTROL_PLANE_SUBJECTS, ...nodes]);
  mkdirSync(control, { recursive: true, mode: 0o700 });
  for (const name of [...nodes.map((node) => node.name), "admin", "controller-manager", "scheduler", "proxy"]) {
    const files = {
      caFile: join(pki, "ca.crt"),
      certFile: join(pki, `${name}.crt`),
      keyFile: join(pki, `${name}.key`),
    };
    writeFileSync(workDir.kubeconfig(name), kubeconfig(files), { mode: 0o600 });
  }
}

async function raiseNodes(workDir: WorkDir, state: StateFile, specs: readonly NodeSpec[]): Promise<ClusterNode[]> {
  const nodes = await Promise.all(specs.map((spec, index) => raiseNode(workDir, state, spec, index + 1)));
  for (const [from, { init }] of nodes.entries()) {
    for (const to of nodes.keys()) if (from !== to) await addPodRoute(init, nodeAddresses(to + 1));
  }
  return nodes;
}

interface NodeStatus {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function untilReady(kubectl: Kubectl, nodes: readonly ClusterNode[]): Promise<void> {
  await eventually({ what: "every node ready", timeoutMs: READY_TIMEOUT_MS }, async () => {
    const { items } = await kubectl.get<{ items: NodeStatus[] }>(["nodes"]);
    const isReady = ({ status }: NodeStatus) =>
      status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
    return items.filter(isReady).length === nodes.length;
  });
}
