import type { Clock } from "@rolecall/common/time/clock";
import { admitNew, type ObjectDraft } from "./admission.ts";
import { mergePatch } from "./merge-patch.ts";
import { apiTime, type KubernetesObject, keyOf, objectKey } from "./object.ts";
import type { ObjectStore } from "./object-store.ts";
import { type ResourceName, resourceNamed } from "./resources.ts";
import { ApiError, alreadyExists, failure, notFound } from "./status.ts";

/**
 * What happens to the objects of a cluster: the rules of the API server, and in `deletePod` and `deleteNamespace` the
 * parts of kubelet and the namespace controller. Both the HTTP side and the tests go through here.
 */
export class Cluster {
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws ApiError 404 */
  get(resource: ResourceName, namespace: string | undefined, name: string): KubernetesObject {
    const object = this.#store.get(resource, objectKey(namespace, name));
    if (!object) throw new ApiError(notFound(resourceNamed(resource), name));
    return object;
  }

  /** @throws ApiError 404 for a missing namespace, 403 for one that is being deleted, 409 for a name that is taken */
  create(resourceName: ResourceName, namespace: string | undefined, draft: ObjectDraft): KubernetesObject {
    const resource = resourceNamed(resourceName);
    const object = admitNew(resource, resource.isNamespaced ? namespace : undefined, draft, this.#clock.nowMs());
    const { name } = object.metadata;
    if (resource.isNamespaced && namespace !== undefined) {
      const { metadata } = this.get("namespaces", undefined, namespace);
      if (metadata.deletionTimestamp !== undefined) {
        throw new ApiError(
          failure(
            403,
            `${resource.plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
            { details: { name, kind: resource.plural, causes: [{ reason: "NamespaceTerminating" }] } },
          ),
        );
      }
    }
    if (this.#store.get(resourceName, keyOf(object))) throw new ApiError(alreadyExists(resource, name));
    return this.#store.put(resourceName, object);
  }

  /** Replaces an object; what the API server owns of its metadata stays. */
  replace(resource: ResourceName, before: KubernetesObject, after: ObjectDraft): KubernetesObject {
    const { name, namespace, uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = before.metadata;
    return this.#store.put(resource, {
      ...after,
      kind: before.kind,
      apiVersion: before.apiVersion,
      metadata: {
        ...after.metadata,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid,
        creationTimestamp,
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
        ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
      },
    });
  }

  /** Applies a merge patch to any part of an object, status included. */
  patch(resource: ResourceName, namespace: string | undefined, name: string, patch: ObjectDraft): KubernetesObject {
    const before = this.get(resource, namespace, name);
    return this.replace(resource, before, mergePatch(before, patch) as ObjectDraft);
  }

  /** Marks a pod for deletion; it goes on existing, as while its containers get their grace period. */
  terminatePod(namespace: string, name: string, graceSeconds = 30): KubernetesObject {
    const before = this.get("pods", namespace, name);
    return this.#store.put("pods", {
      ...before,
      metadata: {
        ...before.metadata,
        deletionTimestamp: apiTime(this.#clock.nowMs() + graceSeconds * 1_000),
        deletionGracePeriodSeconds: graceSeconds,
      },
    });
  }

  /**
   * Deletes an object. A pod is seen with its deletion timestamp first and a namespace goes through `Terminating` and
   * takes its objects along, as kubelet and the namespace controller would have it, but without delay.
   *
   * @returns the object as it was when its deletion began
   */
  delete(resource: ResourceName, namespace: string | undefined, name: string): KubernetesObject {
    const before = this.get(resource, namespace, name);
    switch (resource) {
      case "pods": {
        const terminating = this.terminatePod(namespace ?? "", name, 0);
        this.#store.remove(resource, keyOf(before));
        return terminating;
      }
      case "namespaces": {
        const terminating = this.#store.put(resource, {
          ...before,
          metadata: { ...before.metadata, deletionTimestamp: apiTime(this.#clock.nowMs()) },
          status: { phase: "Terminating" },
        });
        for (const contained of NAMESPACED) {
          for (const object of this.#store.list(contained)) {
            if (object.metadata.namespace === name) this.delete(contained, name, object.metadata.name);
          }
        }
        this.#store.remove(resource, name);
        return terminating;
      }
      default:
        this.#store.remove(resource, keyOf(before));
        return before;
    }
  }

  list(resource: ResourceName, namespace?: string): readonly KubernetesObject[] {
    const objects = this.#store.list(resource);
    return namespace === undefined ? objects : objects.filter(({ metadata }) => metadata.namespace === namespace);
  }
}

const NAMESPACED = [
  "pods",
  "events",
  "serviceaccounts",
  "secrets",
  "leases",
] as const satisfies readonly ResourceName[];
