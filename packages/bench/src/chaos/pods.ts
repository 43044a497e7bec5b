import { removeCniResult, writeCniResult } from "@rolecall/sandbox/files/cni-results";
import { INSTANCE } from "@rolecall/sandbox/imds/instance";
import { nodeName, type World } from "./world.ts";

export interface Pod {
  readonly uid: string;
  readonly name: string;
  readonly node: number;
  readonly ip: string;
  /** The one it is annotated with now, and those it was annotated with before. */
  readonly roles: readonly string[];
}

const NAMESPACE = "chaos";
/** A CNI plugin does not give an address away again at once: the VPC CNI waits for 30 s. */
const COOL_DOWN_MS = 30_000;

export const roleName = (role: number): string => `role-${role}`;
const roleArn = (name: string): string => `arn:aws:iam::${INSTANCE.accountId}:role/${name}`;

/** The pods of all nodes, as scheduler, kubelet, container runtime and people make and change them. */
export class Pods {
  readonly #world: World;
  readonly #pods: Pod[] = [];
  readonly #freed: { readonly ip: string; readonly freedAtMs: number }[] = [];
  #made = 0;

  constructor(world: World) {
    this.#world = world;
    world.sandbox.kubernetes.workloads.createNamespace(NAMESPACE, {
      annotations: { "iam.amazonaws.com/permitted": roleArn("role-.*") },
    });
  }

  get all(): readonly Pod[] {
    return this.#pods;
  }

  add(node: number, role: string): void {
    this.#pods.push(this.#create(node, role));
  }

  /** Deletes a pod and starts another on the same node, where its address or another one is given to it. */
  replace(index: number, role: string): void {
    const old = this.#pods[index];
    if (!old) return;
    const { kubernetes, cniResults } = this.#world.sandbox;
    removeCniResult(cniResults(nodeName(old.node)), { containerId: old.uid });
    kubernetes.workloads.deletePod(`${NAMESPACE}/${old.name}`);
    this.#freed.push({ ip: old.ip, freedAtMs: this.#world.nowMs });
    this.#pods[index] = this.#create(old.node, role);
  }

  changeRole(index: number, role: string): void {
    const pod = this.#pods[index];
    if (!pod) return;
    const annotations = { "iam.amazonaws.com/role": role };
    this.#world.sandbox.kubernetes.workloads.updatePod(`${NAMESPACE}/${pod.name}`, { metadata: { annotations } });
    this.#pods[index] = { ...pod, roles: [role, ...pod.roles] };
  }

  #create(node: number, role: string): Pod {
    this.#made += 1;
    const name = `pod-${this.#made}`;
    const ip = this.#address();
    const { kubernetes, cniResults } = this.#world.sandbox;
    const annotations = { "iam.amazonaws.com/role": role };
    const { uid } = kubernetes.workloads.createPod({
      namespace: NAMESPACE,
      name,
      annotations,
      nodeName: nodeName(node),
    }).metadata;
    const directory = cniResults(nodeName(node));
    writeCniResult(directory, { containerId: uid, podUid: uid, namespace: NAMESPACE, name, ips: [ip] });
    kubernetes.workloads.setPodIp(`${NAMESPACE}/${name}`, ip);
    return { uid, name, node, ip, roles: [role] };
  }

  #address(): string {
    const [first] = this.#freed;
    if (first && this.#world.nowMs - first.freedAtMs >= COOL_DOWN_MS) {
      this.#freed.shift();
      return first.ip;
    }
    return `127.0.${2 + Math.floor(this.#made / 250)}.${1 + (this.#made % 250)}`;
  }
}
