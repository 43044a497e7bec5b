import { createPrivateKey, X509Certificate } from "node:crypto";
import type { AuthorityStore, StoredAuthorities } from "../../application/ports/authority-store.ts";
import type { Authority, AuthorityPhase, AuthorityState } from "../../domain/pki/authority.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { NamedObject, type ObjectName } from "./named-object.ts";
import { type Fields, fields, items, text } from "./object-fields.ts";

const KIND = { apiVersion: "v1", kind: "Secret", plural: "secrets" } as const;
const KEY = "authorities.json";

/** The authorities and their keys in one Secret, so that each change of them is one write. */
export class AuthoritySecret implements AuthorityStore {
  readonly #secret: NamedObject;

  constructor(api: KubernetesApi, name: ObjectName) {
    this.#secret = new NamedObject(api, KIND, name);
  }

  async read(signal: AbortSignal): Promise<StoredAuthorities> {
    const found = await this.#secret.read(signal);
    if (!found) return { kind: "missing" };
    const { version } = found;
    const state = decode(text(fields(found.object["data"])[KEY]));
    return typeof state === "string"
      ? { kind: "unreadable", version, problem: state }
      : { kind: "found", state, version };
  }

  write({ generation, authorities }: AuthorityState, version: string | undefined, signal: AbortSignal) {
    const json = JSON.stringify({ generation, authorities });
    return this.#secret.write(
      { type: "Opaque", data: { [KEY]: Buffer.from(json).toString("base64") } },
      version,
      signal,
    );
  }
}

/** @returns what is wrong, which never quotes what was read */
function decode(base64: string | undefined): AuthorityState | string {
  if (base64 === undefined) return `the Secret has no ${KEY}`;
  let json: Fields;
  try {
    json = fields(JSON.parse(Buffer.from(base64, "base64").toString("utf8")));
  } catch {
    return `${KEY} of the Secret is no JSON`;
  }
  const { generation } = json;
  const authorities = items(json["authorities"]).map((item) => readAuthority(fields(item)));
  const whole = authorities.filter((authority) => authority !== undefined);
  if (typeof generation !== "number" || authorities.length === 0) return `${KEY} of the Secret holds no authorities`;
  if (whole.length < authorities.length) return `${KEY} of the Secret holds an authority that cannot be used`;
  return { generation, authorities: whole };
}

function readAuthority({ id, certificatePem, keyPem, createdAtMs, notAfterMs, phase }: Fields): Authority | undefined {
  const read = readPhase(fields(phase));
  if (typeof id !== "string" || typeof certificatePem !== "string" || typeof keyPem !== "string") return undefined;
  if (typeof createdAtMs !== "number" || typeof notAfterMs !== "number" || !read) return undefined;
  try {
    if (!new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem))) return undefined;
  } catch {
    return undefined;
  }
  return { id, certificatePem, keyPem, createdAtMs, notAfterMs, phase: read };
}

function readPhase({ kind, sinceMs, publishedAtMs }: Fields): AuthorityPhase | undefined {
  if (kind === "prepared") {
    return { kind, publishedAtMs: typeof publishedAtMs === "number" ? publishedAtMs : undefined };
  }
  if ((kind === "active" || kind === "retired") && typeof sinceMs === "number") return { kind, sinceMs };
  return undefined;
}
