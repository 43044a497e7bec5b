import type { Pod } from "./pod.ts";

/**
 * Every pod that may need credentials, by UID and by node. Pods that are not scheduled, that have finished or that are on
 * no node of interest cost only their record.
 */
export class PodInventory {
  readonly #byUid = new Map<string, Pod>();
  readonly #byNode = new Map<string, Map<string, Pod>>();
  readonly #listeners = new Map<string, Set<(uid: string) => void>>();
  readonly #removalListeners = new Set<(uid: string) => void>();

  get size(): number {
    return this.#byUid.size;
  }

  get(uid: string): Pod | undefined {
    return this.#byUid.get(uid);
  }

  all(): Iterable<Pod> {
    return this.#byUid.values();
  }

  /** Pods on the host network that ask for a role: they have their node's address, and get its role instead. */
  countAskingOnHostNetwork(): number {
    let count = 0;
    for (const pod of this.#byUid.values()) if (pod.hostNetwork && pod.annotations.role !== undefined) count += 1;
    return count;
  }

  on(node: string): Iterable<Pod> {
    return this.#byNode.get(node)?.values() ?? [];
  }

  /** Calls back with the UID of each pod that came to the node, changed on it or left it; the result ends that. */
  watchNode(node: string, listener: (uid: string) => void): () => void {
    const listeners = this.#listeners.get(node) ?? new Set();
    this.#listeners.set(node, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(node) === listeners) this.#listeners.delete(node);
    };
  }

  /** Calls back with the UID of each pod that is gone or has finished. */
  onRemove(listener: (uid: string) => void): void {
    this.#removalListeners.add(listener);
  }

  replace(all: readonly Pod[]): void {
    const present = new Set(all.map(({ uid }) => uid));
    for (const pod of [...this.#byUid.values()]) if (!present.has(pod.uid)) this.remove(pod);
    for (const pod of all) this.upsert(pod);
  }

  upsert(pod: Pod): void {
    // A finished pod never runs again, and kubelet may have given its addresses to another (kubernetes#98611).
    if (pod.finished) {
      this.remove(pod);
      return;
    }
    const before = this.#byUid.get(pod.uid);
    this.#byUid.set(pod.uid, pod);
    if (before?.node !== undefined && before.node !== pod.node) this.#leaveNode(before.node, pod.uid);
    if (pod.node === undefined) return;
    const neighbours = this.#byNode.get(pod.node) ?? new Map<string, Pod>();
    this.#byNode.set(pod.node, neighbours.set(pod.uid, pod));
    this.#tell(pod.node, pod.uid);
  }

  remove({ uid }: Pick<Pod, "uid">): void {
    const before = this.#byUid.get(uid);
    this.#byUid.delete(uid);
    if (before?.node !== undefined) this.#leaveNode(before.node, uid);
    if (before) for (const listener of this.#removalListeners) listener(uid);
  }

  #leaveNode(node: string, uid: string): void {
    const neighbours = this.#byNode.get(node);
    neighbours?.delete(uid);
    if (neighbours?.size === 0) this.#byNode.delete(node);
    this.#tell(node, uid);
  }

  #tell(node: string, uid: string): void {
    for (const listener of [...(this.#listeners.get(node) ?? [])]) listener(uid);
  }
}
