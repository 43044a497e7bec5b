import { isDeepStrictEqual } from "node:util";
import { type KubernetesObject, keyOf } from "./object.ts";
import type { ResourceName } from "./resources.ts";

export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: ResourceName;
  readonly resourceVersion: number;
  /** As it is now; of a deletion, as it was last, at the deletion's resource version. */
  readonly object: KubernetesObject;
  /** As it was before; absent for a creation. */
  readonly before?: KubernetesObject;
}

type Unversioned = Omit<KubernetesObject, "metadata"> & {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Omit<KubernetesObject["metadata"], "resourceVersion">;
};

/**
 * The objects of a cluster and the history of their changes, under one counter of resource versions as in etcd. Past
 * states are read back through the history until it is compacted.
 */
export class ObjectStore {
  readonly #objects = new Map<ResourceName, Map<string, KubernetesObject>>();
  /** The present objects in the order of their keys, made once for all pages of a list. */
  readonly #sorted = new Map<ResourceName, readonly KubernetesObject[]>();
  readonly #historyLimit: number;
  #history: Change[] = [];
  // A cluster that has only just come up has some hundreds of changes behind it.
  #resourceVersion = 1000;
  #compactedVersion = 1000;
  #onChange: () => void = () => {};

  /** @param historyLimit how many changes are kept; beyond it the older half is compacted */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  /** Called after every change. There is one listener. */
  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** States before this version cannot be read any more. */
  get compactedVersion(): number {
    return this.#compactedVersion;
  }

  get(resource: ResourceName, key: string): KubernetesObject | undefined {
    return this.#objects.get(resource)?.get(key);
  }

  /** Puts an object under its key; one that changes nothing makes no new version. */
  put(resource: ResourceName, object: Unversioned): KubernetesObject {
    const objects = this.#objectsOf(resource);
    const key = keyOf(object as KubernetesObject);
    const before = objects.get(key);
    if (before && isDeepStrictEqual(withVersion(object, before.metadata.resourceVersion), before)) return before;
    const stored = withVersion(object, this.#nextVersion());
    objects.set(key, stored);
    this.#record(
      before ? { type: "MODIFIED", resource, object: stored, before } : { type: "ADDED", resource, object: stored },
    );
    return stored;
  }

  /** @returns the object as it was last, at the deletion's version; undefined when there is none */
  remove(resource: ResourceName, key: string): KubernetesObject | undefined {
    const objects = this.#objectsOf(resource);
    const before = objects.get(key);
    if (!before) return undefined;
    objects.delete(key);
    const object = withVersion(before, this.#nextVersion());
    this.#record({ type: "DELETED", resource, object, before });
    return object;
  }

  /**
   * A resource's objects in the order of their keys.
   *
   * @param atVersion a past state, not before `compactedVersion`; the present when absent
   */
  list(resource: ResourceName, atVersion: number = this.#resourceVersion): readonly KubernetesObject[] {
    const since = this.changesAfter(atVersion).filter((change) => change.resource === resource);
    if (since.length === 0) return this.#presentInOrder(resource);
    const objects = new Map(this.#objectsOf(resource));
    for (const change of since.toReversed()) {
      if (change.before) objects.set(keyOf(change.before), change.before);
      else objects.delete(keyOf(change.object));
    }
    return inOrder(objects);
  }

  #presentInOrder(resource: ResourceName): readonly KubernetesObject[] {
    const known = this.#sorted.get(resource);
    if (known) return known;
    const sorted = inOrder(this.#objectsOf(resource));
    this.#sorted.set(resource, sorted);
    return sorted;
  }

  /** Changes with a greater resource version, oldest first. */
  changesAfter(resourceVersion: number): readonly Change[] {
    return this.#history.slice(this.#history.findLastIndex((change) => change.resourceVersion <= resourceVersion) + 1);
  }

  /**
   * Forgets all history, as etcd does after five minutes, and moves the counter on as if something else in the cluster
   * had changed: whatever version or continue token was handed out until now is too old.
   */
  compact(): void {
    this.#compactedVersion = ++this.#resourceVersion;
    this.#history = [];
  }

  #objectsOf(resource: ResourceName): Map<string, KubernetesObject> {
    const present = this.#objects.get(resource);
    if (present) return present;
    const created = new Map<string, KubernetesObject>();
    this.#objects.set(resource, created);
    return created;
  }

  #nextVersion(): string {
    return String(++this.#resourceVersion);
  }

  #record(change: Omit<Change, "resourceVersion">): void {
    this.#sorted.delete(change.resource);
    this.#history.push({ ...change, resourceVersion: this.#resourceVersion });
    if (this.#history.length > this.#historyLimit) {
      const dropped = this.#history.splice(0, Math.ceil(this.#historyLimit / 2)).at(-1);
      this.#compactedVersion = dropped?.resourceVersion ?? this.#compactedVersion;
    }
    this.#onChange();
  }
}

const inOrder = (objects: ReadonlyMap<string, KubernetesObject>): readonly KubernetesObject[] =>
  [...objects].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object);

const withVersion = (object: Unversioned, resourceVersion: string): KubernetesObject =>
  ({ ...object, metadata: { ...object.metadata, resourceVersion } }) as KubernetesObject;
