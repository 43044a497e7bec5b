import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from "jose";
import type { TokenKeys } from "../../application/ports/token-keys.ts";
import type { TokenVerifier, VerifiedToken } from "../../application/ports/token-verifier.ts";
import type { SignedClaims } from "../../domain/node/signed-claims.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";
import { fields, items, text } from "./object-fields.ts";

/** Readable for every ServiceAccount by a default of Kubernetes, the ClusterRole system:service-account-issuer-discovery. */
const CONFIGURATION = "/.well-known/openid-configuration";
const KEYS = "/openid/v1/jwks";
/** The API server has its keys in no other form, and answers 406 to who takes only JSON. */
const ACCEPT = "application/jwk-set+json, application/json";

/** What API servers sign with, by the kind of their key (KEP-740 names the same); no shared secret, and never none. */
const ALGORITHMS = ["RS256", "ES256", "ES384", "ES512"] as const;

/** By which the API server says that the keys are not for us. A 401 says only that our own token has ended. */
const NOT_OURS = [403, 404];
/** One that has just started may not know yet what we may do. */
const REFUSALS_TO_BELIEVE = 2;

interface Known {
  readonly issuer: string;
  readonly keyOf: ReturnType<typeof createLocalJWKSet>;
  readonly count: number;
}

/**
 * The keys of ServiceAccount tokens, and what they have signed. They are taken from the API server itself, as it is reached
 * for everything else, and never from the address that its configuration names.
 */
export class TokenSignatures implements TokenKeys, TokenVerifier {
  readonly #api: KubernetesApi;
  #known: Known | undefined;
  #refusals = 0;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  /** How many keys are known. */
  get keyCount(): number {
    return this.#known?.count ?? 0;
  }

  async read(signal: AbortSignal): Promise<void> {
    try {
      const [configuration, keys] = await Promise.all(
        [CONFIGURATION, KEYS].map((path) => this.#api.request({ path, accept: ACCEPT, signal })),
      );
      const issuer = text(fields(configuration)["issuer"]);
      if (issuer === undefined) throw new Error(`${CONFIGURATION} names no issuer`);
      this.#known = {
        issuer,
        keyOf: createLocalJWKSet(keys as JSONWebKeySet),
        count: items(fields(keys)["keys"]).length,
      };
      this.#refusals = 0;
    } catch (error) {
      this.#refusals = NOT_OURS.includes(refusalStatus(error) ?? 0) ? this.#refusals + 1 : 0;
      if (this.#refusals >= REFUSALS_TO_BELIEVE) this.#known = undefined;
      throw error;
    }
  }

  async verify(token: string): Promise<VerifiedToken> {
    if (!this.#known) return { kind: "key-unknown", detail: `the server has not been able to read ${KEYS}` };
    const { issuer, keyOf } = this.#known;
    try {
      const { payload } = await compactVerify(token, keyOf, { algorithms: [...ALGORITHMS] });
      return { kind: "signed", issuer, claims: claimsIn(Buffer.from(payload).toString()) };
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        return { kind: "key-unknown", detail: "the token says it is signed with a key that the server has not read" };
      if (error instanceof errors.JOSEError)
        return { kind: "forged", detail: `the API server did not sign the token: ${error.message}` };
      throw error;
    }
  }
}

function claimsIn(payload: string): SignedClaims {
  const claims = fields(parse(payload));
  const bound = fields(claims["kubernetes.io"]);
  const [pod, node] = [fields(bound["pod"]), fields(bound["node"])];
  const audience = claims["aud"];
  return {
    issuer: text(claims["iss"]),
    audiences: (typeof audience === "string" ? [audience] : items(audience)).flatMap((each) => text(each) ?? []),
    notBeforeMs: dateMs(claims["nbf"]),
    expiresAtMs: dateMs(claims["exp"]),
    namespace: text(bound["namespace"]),
    serviceAccount: text(fields(bound["serviceaccount"])["name"]),
    podName: text(pod["name"]),
    podUid: text(pod["uid"]),
    nodeName: text(node["name"]),
    nodeUid: text(node["uid"]),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** RFC 7519 has dates in seconds. */
const dateMs = (seconds: unknown): number | undefined =>
  typeof seconds === "number" && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
