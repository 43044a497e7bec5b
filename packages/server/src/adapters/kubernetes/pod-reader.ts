import type { PodReader } from "../../application/ports/pod-reader.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { NAME } from "./names.ts";
import { projectPod } from "./pod-projection.ts";

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
