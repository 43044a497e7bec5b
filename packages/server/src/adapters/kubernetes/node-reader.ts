import type { NodeReader } from "../../application/ports/node-reader.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { NAME } from "./names.ts";
import { fields, text } from "./object-fields.ts";

export class KubernetesNodeReader implements NodeReader {
  readonly #api: KubernetesApi;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  async uidOf(name: string, signal: AbortSignal): Promise<string | undefined> {
    if (!NAME.test(name)) return undefined;
    try {
      const node = await this.#api.request({
        path: `/api/v1/nodes/${name}`,
        // A node's status lists its images, tens of kilobytes of them.
        accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
        signal,
      });
      return text(fields(fields(node)["metadata"])["uid"]);
    } catch (error) {
      if (refusalStatus(error) === 404) return undefined;
      throw error;
    }
  }
}
