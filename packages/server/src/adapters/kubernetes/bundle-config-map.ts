import type { BundleStore, PublishedBundle } from "../../application/ports/bundle-store.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { NamedObject, type ObjectName } from "./named-object.ts";
import { fields, text } from "./object-fields.ts";

const KIND = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps" } as const;
/** The file that agents find where the ConfigMap is mounted. */
const KEY = "ca.crt";

/** The authorities' certificates in a ConfigMap, from which the kubelet brings them to each agent. */
export class BundleConfigMap implements BundleStore {
  readonly #configMap: NamedObject;

  constructor(api: KubernetesApi, name: ObjectName) {
    this.#configMap = new NamedObject(api, KIND, name);
  }

  async read(signal: AbortSignal): Promise<PublishedBundle | undefined> {
    const found = await this.#configMap.read(signal);
    return found && { pem: text(fields(found.object["data"])[KEY]) ?? "", version: found.version };
  }

  write(pem: string, version: string | undefined, signal: AbortSignal): Promise<boolean> {
    return this.#configMap.write({ data: { [KEY]: pem } }, version, signal);
  }
}
