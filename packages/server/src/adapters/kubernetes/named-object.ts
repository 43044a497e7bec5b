import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { type Fields, fields, text } from "./object-fields.ts";

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

interface ObjectKind {
  readonly apiVersion: "v1" | "coordination.k8s.io/v1";
  readonly kind: string;
  readonly plural: string;
}

/** An object and the version of it that was read. */
export interface VersionedObject {
  readonly object: Fields;
  readonly version: string;
}

const LABELS = { "app.kubernetes.io/managed-by": "rolecall-server" };
const CONFLICT = 409;
const NOT_FOUND = 404;

/** One object that several servers write: nobody overwrites what he has not read (`metadata.resourceVersion`). */
export class NamedObject {
  readonly #api: KubernetesApi;
  readonly #kind: ObjectKind;
  readonly #metadata: ObjectName;
  readonly #collection: string;

  constructor(api: KubernetesApi, kind: ObjectKind, name: ObjectName) {
    this.#api = api;
    this.#kind = kind;
    this.#metadata = name;
    const root = kind.apiVersion === "v1" ? "/api/v1" : `/apis/${kind.apiVersion}`;
    this.#collection = `${root}/namespaces/${encodeURIComponent(name.namespace)}/${kind.plural}`;
  }

  /** @returns undefined where there is none */
  async read(signal: AbortSignal): Promise<VersionedObject | undefined> {
    try {
      const object = fields(await this.#api.request({ path: this.#path, signal }));
      return { object, version: text(fields(object["metadata"])["resourceVersion"]) ?? "" };
    } catch (error) {
      if (refusalStatus(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  /**
   * Writes the whole object.
   *
   * @param content all but kind and metadata
   * @param version the one that is replaced; undefined to create it
   * @returns false where it is another version by now, or is there, or is gone
   */
  async write(content: Fields, version: string | undefined, signal: AbortSignal): Promise<boolean> {
    const { apiVersion, kind } = this.#kind;
    const metadata = { ...this.#metadata, labels: LABELS };
    try {
      await (version === undefined
        ? this.#api.request({ path: this.#collection, body: { apiVersion, kind, metadata, ...content }, signal })
        : this.#api.request({
            path: this.#path,
            method: "PUT",
            body: { apiVersion, kind, metadata: { ...metadata, resourceVersion: version }, ...content },
            signal,
          }));
      return true;
    } catch (error) {
      const status = refusalStatus(error);
      if (status === CONFLICT || (status === NOT_FOUND && version !== undefined)) return false;
      throw error;
    }
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#metadata.name)}`;
  }
}
