import { setTimeout } from "node:timers/promises";
import type { Workloads } from "@rolecall/sandbox/kubernetes/workloads";
import { type CreatedPod, monotonicMs, NAMESPACE, type PodOrder } from "./orders.ts";
import { ordinarySpec } from "./pod-spec.ts";

const ROLES = 500;
const TICK_MS = 20;
const PERMITTED = { annotations: { "iam.amazonaws.com/permitted": "arn:aws:iam::123456789012:role/.*" } };

/** The pods of a cluster, and what happens to them. */
export class Population {
  readonly #workloads: Workloads;
  readonly #names: string[] = [];

  constructor(workloads: Workloads) {
    this.#workloads = workloads;
    workloads.createNamespace(NAMESPACE, PERMITTED);
  }

  /** Adds running pods until there are so many, spread over nodes and roles. */
  grow({ pods, nodes }: { readonly pods: number; readonly nodes: number }): void {
    for (let index = this.#names.length; index < pods; index += 1) {
      const name = `app-${index % 997}-7d9f8b6c5-${index}`;
      this.#workloads.createPod({
        namespace: NAMESPACE,
        name,
        labels: { "app.kubernetes.io/name": `app-${index % 997}`, "pod-template-hash": "7d9f8b6c5" },
        annotations: { "iam.amazonaws.com/role": `app-${index % ROLES}`, "prometheus.io/scrape": "true" },
        serviceAccountName: `app-${index % 997}`,
        nodeName: `node-${index % nodes}`,
        ips: [`10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`],
        spec: ordinarySpec(`app-${index % 997}`),
      });
      this.#names.push(name);
    }
  }

  /** Changes pods one after the other, evenly in time. @returns how many */
  async churn(perSecond: number, durationMs: number): Promise<number> {
    const beganMs = monotonicMs();
    let changed = 0;
    for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = monotonicMs() - beganMs) {
      for (; changed < (elapsedMs / 1_000) * perSecond; changed += 1) {
        const name = this.#names[(changed * 7_919) % this.#names.length];
        this.#workloads.updatePod(`${NAMESPACE}/${name}`, {
          metadata: { annotations: { "bench/change": String(changed) } },
        });
      }
      await setTimeout(TICK_MS);
    }
    return changed;
  }

  create(pods: readonly PodOrder[]): readonly CreatedPod[] {
    return pods.map(({ name, node, role }) => {
      const atMs = monotonicMs();
      const annotations = { "iam.amazonaws.com/role": role };
      const draft = { namespace: NAMESPACE, name, annotations, nodeName: node, spec: ordinarySpec(role) };
      return { name, uid: this.#workloads.createPod(draft).metadata.uid, atMs };
    });
  }

  delete(names: readonly string[]): void {
    for (const name of names) this.#workloads.deletePod(`${NAMESPACE}/${name}`);
  }
}
