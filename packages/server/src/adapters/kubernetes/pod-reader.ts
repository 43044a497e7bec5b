import type { PodReader } from "../../application/ports/pod-reader.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { projectPod } from "./pod-projection.ts";

/** What the API server takes for a name (RFC 1123 subdomain); anything else could be another path. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

export class KubernetesPodReader implements PodReader {
  readonly #api: KubernetesApi;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  async read(namespace: string, name: string, signal: AbortSignal): Promise<Pod | undefined> {
    if (!NAME.test(namespace) || !NAME.test(name)) return undefined;
    try {
      return projectPod(await this.#api.request({ path: `/api/v1/namespaces/${namespace}/pods/${name}`, signal }));
    } catch (error) {
      if (refusalStatus(error) === 404) return undefined;
      throw error;
    }
  }
}
