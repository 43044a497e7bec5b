import type { KubernetesApi } from "@rolecall/server/adapters/kubernetes/kubernetes-api";
import { refusalStatus } from "@rolecall/server/adapters/kubernetes/kubernetes-error";
import { listPages } from "@rolecall/server/adapters/kubernetes/list-pages";
import { projectNamespace } from "@rolecall/server/adapters/kubernetes/namespace-projection";
import { projectPod } from "@rolecall/server/adapters/kubernetes/pod-projection";
import { NAMESPACES, PODS, type WatchedResource } from "@rolecall/server/adapters/kubernetes/watched-resource";
import type { Namespace } from "@rolecall/server/domain/namespace/namespace";
import type { Pod } from "@rolecall/server/domain/pod/pod";
import type { Release } from "../../application/ports/release.ts";
import type { Workloads } from "../../application/ports/workloads.ts";
import type { ReleasePod } from "../../domain/fleet/release.ts";
import { releaseLabels } from "./release-labels.ts";
import { projectReleasePod } from "./release-pod.ts";

const ANSWER_MS = 20_000;
const deadline = () => AbortSignal.timeout(ANSWER_MS);
const segment = encodeURIComponent;

/** Reads the cluster as the servers do, so that a pod and a policy mean the same here and there. */
export class ClusterReader implements Workloads, Release {
  readonly #api: KubernetesApi;
  readonly #namespace: string;

  /** @param namespace the release's */
  constructor(api: KubernetesApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  async pod(namespace: string, name: string): Promise<Pod | undefined> {
    return projectPod(await this.get(`/api/v1/namespaces/${segment(namespace)}/pods/${segment(name)}`));
  }

  pods(): Promise<readonly Pod[]> {
    return this.#list(PODS);
  }

  async namespace(name: string): Promise<Namespace | undefined> {
    try {
      return projectNamespace(await this.get(`/api/v1/namespaces/${segment(name)}`));
    } catch (error) {
      // The servers' own ServiceAccount, which the command has in their pods, may list namespaces and get none.
      if (refusalStatus(error) !== 403) throw error;
      return (await this.#list(NAMESPACES, { fieldSelector: `metadata.name=${name}` }))[0];
    }
  }

  namespaces(): Promise<readonly Namespace[]> {
    return this.#list(NAMESPACES);
  }

  servers(): Promise<readonly ReleasePod[]> {
    return this.#releasePods("server");
  }

  agents(): Promise<readonly ReleasePod[]> {
    return this.#releasePods("agent");
  }

  /** The object or list at a path; undefined where there is none. */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    try {
      return await this.#api.request({ path, query, signal: deadline() });
    } catch (error) {
      if (refusalStatus(error) === 404) return undefined;
      throw error;
    }
  }

  #releasePods(component: "server" | "agent"): Promise<readonly ReleasePod[]> {
    const resource = {
      name: "pods",
      path: `/api/v1/namespaces/${segment(this.#namespace)}/pods`,
      project: projectReleasePod,
    };
    return this.#list(resource, { labelSelector: releaseLabels(component) });
  }

  async #list<T>(
    resource: WatchedResource<T>,
    selectors: Readonly<Record<string, string>> = {},
  ): Promise<readonly T[]> {
    const { resources } = await listPages(resource, (query) =>
      this.#api.request({ path: resource.path, query: { ...query, ...selectors }, signal: deadline() }),
    );
    return resources;
  }
}
