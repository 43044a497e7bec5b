import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { Kubectl } from "./kubectl.ts";
import { machinePid } from "./processes.ts";
import { type Completed, type RunOptions, tryRun } from "./run.ts";

/** The part of a pod that the tests read. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly restartCount: number;
      readonly state: {
        readonly waiting?: { readonly reason: string; readonly message?: string };
        readonly terminated?: { readonly exitCode: number; readonly reason: string; readonly message?: string };
      };
    }[];
  };
}

export interface PodsWanted {
  readonly namespace: string;
  /** A label selector; all pods of the namespace when absent. */
  readonly selector?: string;
  /** How many there must be, all of them in that state; 1 when absent. */
  readonly count?: number;
  /** `ended`: every container has, well or not. */
  readonly until: "ready" | "ended";
  readonly timeoutMs?: number;
}

/** @throws Error that says what each pod waits for */
export async function waitForPods(kubectl: Kubectl, wanted: PodsWanted): Promise<Pod[]> {
  const { namespace, selector, count = 1, until, timeoutMs = 60_000 } = wanted;
  const select = selector === undefined ? [] : [`--selector=${selector}`];
  const arrived = until === "ready" ? isReady : hasEnded;
  let pods: Pod[] = [];
  try {
    return await eventually({ what: `${count} pods ${until}`, timeoutMs, everyMs: 300 }, async () => {
      pods = (await kubectl.get<{ items: Pod[] }>(["pods", `--namespace=${namespace}`, ...select])).items;
      return pods.length === count && pods.every(arrived) ? pods : undefined;
    });
  } catch (error) {
    const seen = pods.map((pod) => `${pod.metadata.name}: ${situation(pod)}`).join("\n");
    throw new Error(`${selector ?? "pods"} in ${namespace}, ${pods.length} seen:\n${seen}`, { cause: error });
  }
}

const isReady = ({ status }: Pod) =>
  status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;

const hasEnded = ({ status }: Pod) => status.phase === "Succeeded" || status.phase === "Failed";

function situation({ spec, status }: Pod): string {
  const containers = (status.containerStatuses ?? []).map(({ name, state }) => {
    const { reason, message = "" } = state.waiting ?? state.terminated ?? { reason: "running" };
    return `${name} ${reason} ${message}`.trim();
  });
  return [status.phase, spec.nodeName ?? "on no node", ...containers].join(", ");
}

interface Sandbox {
  readonly id: string;
  /** Of the pause process, as the node counts. */
  readonly nodePid: number;
}

/** The process on this machine that holds a pod's namespaces: its pause process. */
export async function podPid(node: ClusterNode, podUid: string): Promise<number> {
  return (await findPod(node, podUid)).pid;
}

/**
 * Runs a command of this machine, such as curl or the AWS CLI, as if it ran in the pod: in its network and with its
 * resolver. Never rejects for an exit code.
 */
export async function podExec(
  node: ClusterNode,
  podUid: string,
  command: readonly string[],
  options: RunOptions = {},
): Promise<Completed> {
  const { pid, sandbox } = await findPod(node, podUid);
  const resolver = node.ownPath(`/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${sandbox.id}/resolv.conf`);
  const withResolver = ["sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver, ...command];
  return tryRun(
    "nsenter",
    [`--target=${pid}`, "--net", "--", "unshare", "--mount", "--propagation=private", "--", ...withResolver],
    options,
  );
}

async function findPod(node: ClusterNode, podUid: string): Promise<{ pid: number; sandbox: Sandbox }> {
  const sandbox = sandboxes(node).get(podUid);
  const pid = sandbox === undefined ? undefined : machinePid(node.init.pid, sandbox.nodePid);
  if (sandbox === undefined || pid === undefined) throw new Error(`pod ${podUid} has no process on ${node.name}`);
  return { pid, sandbox };
}

/** The running sandboxes of a node by their pod's UID, from what containerd keeps for each container. */
function sandboxes(node: ClusterNode): Map<string, Sandbox> {
  const bundles = node.ownPath("/run/containerd/io.containerd.runtime.v2.task/k8s.io");
  const found = new Map<string, Sandbox>();
  for (const id of readdirSync(bundles)) {
    try {
      const { annotations } = JSON.parse(readFileSync(join(bundles, id, "config.json"), "utf8"));
      if (annotations?.["io.kubernetes.cri.container-type"] !== "sandbox") continue;
      const nodePid = Number(readFileSync(join(bundles, id, "init.pid"), "utf8"));
      found.set(String(annotations["io.kubernetes.cri.sandbox-uid"]), { id, nodePid });
    } catch {
      // Just being made, or just gone.
    }
  }
  return found;
}
