import type { ObjectDraft } from "./admission.ts";
import type { Cluster } from "./cluster.ts";
import { apiTime, type KubernetesObject } from "./object.ts";

/** What a test says of a pod; the rest is as the API server would default it. */
export interface PodDraft {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly serviceAccountName?: string;
  /** Binds it at once; unscheduled when absent. */
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  /** The addresses that kubelet has reported, the primary one first; none when absent. */
  readonly ips?: readonly string[];
  /** `Running` with addresses and `Pending` without when absent. */
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  /** Merged over the spec that follows from the above. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface PodObject extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName: string;
    readonly hostNetwork?: boolean;
    readonly [field: string]: unknown;
  };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly [field: string]: unknown;
  };
}

export interface NamespaceDraft {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Taint {
  readonly key: string;
  readonly effect: string;
}

/** `team-a/web`, or `web` for the namespace `default`. */
export type PodRef = string;

/** How tests make and move pods, namespaces and nodes. Each call is one change, visible to every watch when it returns. */
export class Workloads {
  readonly #cluster: Cluster;
  readonly #nowMs: () => number;

  constructor(cluster: Cluster, nowMs: () => number) {
    this.#cluster = cluster;
    this.#nowMs = nowMs;
  }

  createNamespace(name: string, { labels, annotations }: NamespaceDraft = {}): KubernetesObject {
    return this.#cluster.create("namespaces", undefined, {
      metadata: { name, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    });
  }

  /** @param patch a JSON merge patch: null removes */
  updateNamespace(name: string, patch: ObjectDraft): KubernetesObject {
    return this.#cluster.patch("namespaces", undefined, name, patch);
  }

  deleteNamespace(name: string): void {
    this.#cluster.delete("namespaces", undefined, name);
  }

  createNode(name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
    return this.#cluster.create("nodes", undefined, {
      metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels } },
      spec: {},
      status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { operatingSystem: "linux" } },
    });
  }

  /** @returns undefined where there is none of this name */
  node(name: string): KubernetesObject | undefined {
    return this.#cluster.list("nodes").find(({ metadata }) => metadata.name === name);
  }

  deleteNode(name: string): void {
    this.#cluster.delete("nodes", undefined, name);
  }

  namespace(name: string): KubernetesObject | undefined {
    return this.#cluster.list("namespaces").find(({ metadata }) => metadata.name === name);
  }

  /** @returns undefined where there is none of this name */
  pod(ref: PodRef): PodObject | undefined {
    const [namespace, name] = parse(ref);
    return this.#cluster.list("pods", namespace).find(({ metadata }) => metadata.name === name) as
      | PodObject
      | undefined;
  }

  setTaints(node: string, taints: readonly Taint[]): void {
    this.#cluster.patch("nodes", undefined, node, { spec: { taints } });
  }

  taintsOf(node: string): readonly Taint[] {
    const { taints = [] } = this.#cluster.get("nodes", undefined, node)["spec"] as { taints?: readonly Taint[] };
    return taints;
  }

  createPod(draft: PodDraft): PodObject {
    const { namespace = "default", labels, annotations, nodeName, hostNetwork, serviceAccountName, ips = [] } = draft;
    const { phase = ips.length > 0 ? "Running" : "Pending" } = draft;
    return this.#cluster.create("pods", namespace, {
      metadata: { name: draft.name, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
      spec: {
        ...(nodeName === undefined ? {} : { nodeName }),
        ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
        ...(hostNetwork ? { hostNetwork } : {}),
        ...draft.spec,
      },
      status: { phase, ...this.#placed(nodeName), ...addresses(ips) },
    }) as PodObject;
  }

  /** @param patch a JSON merge patch: null removes */
  updatePod(ref: PodRef, patch: ObjectDraft): PodObject {
    return this.#cluster.patch("pods", ...parse(ref), patch) as PodObject;
  }

  /** Schedules a pod, as the scheduler's binding does. */
  bindPod(ref: PodRef, nodeName: string): PodObject {
    return this.updatePod(ref, { spec: { nodeName }, status: this.#placed(nodeName) });
  }

  /** Reports a running pod's addresses, the primary one first, as kubelet does. */
  setPodIp(ref: PodRef, ...ips: readonly string[]): PodObject {
    return this.updatePod(ref, { status: { phase: "Running", ...addresses(ips) } });
  }

  /** Begins a pod's graceful deletion; `deletePod` ends it. */
  terminatePod(ref: PodRef): PodObject {
    return this.#cluster.terminatePod(...parse(ref)) as PodObject;
  }

  deletePod(ref: PodRef): void {
    this.#cluster.delete("pods", ...parse(ref));
  }

  /** Events that were posted, in the order of their last change. */
  events(namespace?: string): readonly KubernetesObject[] {
    const version = ({ metadata }: KubernetesObject) => Number(metadata.resourceVersion);
    return this.#cluster.list("events", namespace).toSorted((one, other) => version(one) - version(other));
  }

  #placed(nodeName: string | undefined) {
    if (nodeName === undefined) return {};
    const lastTransitionTime = apiTime(this.#nowMs());
    return { conditions: [{ type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime }] };
  }
}

const addresses = (ips: readonly string[]) =>
  ips.length === 0 ? {} : { hostIP: "10.0.0.1", podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) };

function parse(ref: PodRef): [namespace: string, name: string] {
  const [first = "", second] = ref.split("/");
  return second === undefined ? ["default", first] : [first, second];
}
