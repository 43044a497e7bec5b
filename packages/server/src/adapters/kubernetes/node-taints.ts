import type { NodeTaints } from "../../application/ports/node-taints.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { NAME } from "./names.ts";
import { fields, items, text } from "./object-fields.ts";

const ATTEMPTS = 3;
const CONFLICT = 409;

/** Nodes by the one verb `patch`: a patch that changes nothing answers with the object, so that none need be read. */
export class KubernetesNodeTaints implements NodeTaints {
  readonly #api: KubernetesApi;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  async remove(node: string, key: string, signal: AbortSignal): Promise<boolean> {
    if (!NAME.test(node)) return false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#tryToRemove(`/api/v1/nodes/${node}`, key, signal);
      } catch (error) {
        // Kubelets and controllers write nodes all the time, and a list of taints is replaced as a whole.
        if (refusalStatus(error) !== CONFLICT || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #tryToRemove(path: string, key: string, signal: AbortSignal): Promise<boolean> {
    const object = fields(await this.#api.request({ path, patch: {}, signal }));
    const taints = items(fields(object["spec"])["taints"]);
    const rest = taints.filter((taint) => text(fields(taint)["key"]) !== key);
    if (rest.length === taints.length) return false;
    const resourceVersion = text(fields(object["metadata"])["resourceVersion"]);
    await this.#api.request({
      path,
      patch: { metadata: { resourceVersion }, spec: { taints: rest.length > 0 ? rest : null } },
      signal,
    });
    return true;
  }
}
