import { ClusterNode } from "./cluster-node.ts";
import { type ClusterState, StateFile, WorkDir } from "./cluster-state.ts";
import { Kubectl } from "./kubectl.ts";
import { type Pod, type PodsWanted, podExec, podPid, waitForPods } from "./pods.ts";
import { sendSignal } from "./processes.ts";
import type { Completed, RunOptions } from "./run.ts";
import { type TeardownOptions, teardown } from "./teardown.ts";

/** A cluster that is up, and what a test does with it. */
export class Cluster {
  readonly workDir: WorkDir;
  /** Of the administrator. */
  readonly kubeconfig: string;
  /** A log for each process of the control plane and, in a directory for each node, for each process of the node. */
  readonly logsDir: string;
  readonly nodes: readonly ClusterNode[];
  readonly kubectl: Kubectl;

  constructor(workDir: WorkDir, nodes: readonly ClusterNode[]) {
    this.workDir = workDir;
    this.kubeconfig = workDir.kubeconfig("admin");
    this.logsDir = workDir.logs;
    this.nodes = nodes;
    this.kubectl = new Kubectl(this.kubeconfig);
  }

  /** @throws Error when no node has that name */
  node(name: string): ClusterNode {
    const node = this.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`no node ${name}, only ${this.nodes.map((each) => each.name).join(", ")}`);
    return node;
  }

  /** Creates or changes objects, and waits for nothing. */
  apply(objects: readonly object[]): Promise<void> {
    return this.kubectl.apply(objects);
  }

  /** Makes the images of an archive known to every node. */
  async importImage(archive: string): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.importImage(archive)));
  }

  /** @throws Error that says what each pod waits for */
  waitForPods(wanted: PodsWanted): Promise<Pod[]> {
    return waitForPods(this.kubectl, wanted);
  }

  /** The process on this machine that holds the pod's network namespace. */
  async podPid(namespace: string, name: string): Promise<number> {
    const { node, uid } = await this.#locate(namespace, name);
    return podPid(node, uid);
  }

  /** As podPid, for every pod of a namespace that is on a node, by name. */
  async podPids(namespace: string): Promise<ReadonlyMap<string, number>> {
    const { items } = await this.kubectl.get<{ items: readonly Pod[] }>(["pods", `--namespace=${namespace}`]);
    const placed = items.flatMap(({ metadata, spec }) => (spec.nodeName ? [{ ...metadata, node: spec.nodeName }] : []));
    return new Map(
      await Promise.all(placed.map(async ({ name, uid, node }) => [name, await podPid(this.node(node), uid)] as const)),
    );
  }

  /**
   * Runs a command of this machine, such as curl or the AWS CLI, as if it ran in the pod: in its network and with its
   * resolver. Never rejects for an exit code.
   */
  async podExec(
    namespace: string,
    name: string,
    command: readonly string[],
    options: RunOptions = {},
  ): Promise<Completed> {
    const { node, uid } = await this.#locate(namespace, name);
    return podExec(node, uid, command, options);
  }

  /**
   * Holds the API server still while something is done: it takes connections and answers nothing, as behind a network that
   * drops its packets.
   */
  async withSilentApi<T>(work: () => Promise<T>): Promise<T> {
    const server = StateFile.read(this.workDir)?.processes["kube-apiserver"];
    if (server === undefined) throw new Error("this cluster has no API server");
    sendSignal(server, "SIGSTOP");
    try {
      return await work();
    } finally {
      sendSignal(server, "SIGCONT");
    }
  }

  /** Ends the cluster and gives the machine back as it was. */
  down(options: TeardownOptions = {}): Promise<void> {
    return teardown(this.workDir, options);
  }

  async #locate(namespace: string, name: string): Promise<{ node: ClusterNode; uid: string }> {
    const { metadata, spec } = await this.kubectl.get<Pod>(["pod", name, `--namespace=${namespace}`]);
    if (spec.nodeName === undefined) throw new Error(`pod ${namespace}/${name} is on no node yet`);
    return { node: this.node(spec.nodeName), uid: metadata.uid };
  }
}

/**
 * A cluster that another process raised.
 *
 * @returns undefined when none is in that directory
 */
export function openCluster(path: string): Cluster | undefined {
  const workDir = new WorkDir(path);
  const state: ClusterState | undefined = StateFile.read(workDir);
  return (
    state &&
    new Cluster(
      workDir,
      state.nodes.map((node) => new ClusterNode(workDir, node)),
    )
  );
}
