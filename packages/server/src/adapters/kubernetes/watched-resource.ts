import type { Namespace } from "../../domain/namespace/namespace.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import { projectNamespace } from "./namespace-projection.ts";
import { projectPod } from "./pod-projection.ts";

/** One kind of object of the whole cluster and what is kept of it. */
export interface WatchedResource<T> {
  /** The plural name, as RBAC has it. */
  readonly name: string;
  readonly path: string;
  /** Undefined for an object that cannot be used. */
  readonly project: (object: unknown) => T | undefined;
}

export const PODS: WatchedResource<Pod> = { name: "pods", path: "/api/v1/pods", project: projectPod };
export const NAMESPACES: WatchedResource<Namespace> = {
  name: "namespaces",
  path: "/api/v1/namespaces",
  project: projectNamespace,
};
