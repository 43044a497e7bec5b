import { randomUUID } from "node:crypto";
import { SigningKey } from "./signing-key.ts";

/** What a token for the API itself is issued for. */
export const API_AUDIENCE = "https://kubernetes.default.svc";
/** Who ServiceAccount tokens say that they are from. */
const ISSUER = API_AUDIENCE;

export interface TokenIdentity {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly audiences: readonly string[];
  /** Milliseconds since 1970; it never expires when absent. */
  readonly expiresAtMs?: number | undefined;
}

/** The pod that a projected ServiceAccount token is bound to. */
export interface PodBinding {
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly podName: string;
  readonly podUid: string;
  /** Left out of the token where absent, as Kubernetes before 1.30 does. */
  readonly nodeName?: string | undefined;
  readonly nodeUid?: string | undefined;
  readonly audiences: readonly string[];
  /** Milliseconds since 1970; it never expires when absent. */
  readonly expiresAtMs?: number | undefined;
}

/** Tokens that the API knows: as bearer tokens of requests, and in TokenReviews. */
export class Tokens {
  readonly #identities = new Map<string, TokenIdentity>();
  readonly #nowMs: () => number;
  /** The first signs; the others are of tokens that may still be about. */
  #keys = [new SigningKey()];

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** @returns a new token for this identity, in the form of a JWT that nobody signed */
  issue(identity: TokenIdentity): string {
    const { expiresAtMs } = identity;
    const claims = { jti: randomUUID(), ...(expiresAtMs !== undefined && { exp: Math.floor(expiresAtMs / 1_000) }) };
    const token = `sandbox.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.unsigned`;
    this.#identities.set(token, identity);
    return token;
  }

  /**
   * A token as kubelet projects it into a pod since Kubernetes 1.32: signed, with the pod and its node in its claims and
   * among the extra fields of its review. Source: KEP-1205, KEP-4193.
   */
  issueForPod(binding: PodBinding): string {
    const { namespace, serviceAccountName, audiences, expiresAtMs, nodeName, nodeUid, podName, podUid } = binding;
    const [uid, jti] = [randomUUID(), randomUUID()];
    const token = this.signingKey.sign(this.claimsOf(binding, { uid, jti }));
    this.#identities.set(token, {
      username: `system:serviceaccount:${namespace}:${serviceAccountName}`,
      uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      extra: {
        "authentication.kubernetes.io/credential-id": [`JTI=${jti}`],
        ...(nodeName !== undefined && { "authentication.kubernetes.io/node-name": [nodeName] }),
        ...(nodeUid !== undefined && { "authentication.kubernetes.io/node-uid": [nodeUid] }),
        "authentication.kubernetes.io/pod-name": [podName],
        "authentication.kubernetes.io/pod-uid": [podUid],
      },
      audiences,
      expiresAtMs,
    });
    return token;
  }

  /** What a projected token says. */
  claimsOf(binding: PodBinding, { uid = randomUUID(), jti = randomUUID() }: { uid?: string; jti?: string } = {}) {
    const { namespace, serviceAccountName, audiences, expiresAtMs, nodeName, nodeUid, podName, podUid } = binding;
    const issuedAt = Math.floor(this.#nowMs() / 1_000);
    return {
      aud: audiences,
      ...(expiresAtMs !== undefined && { exp: Math.floor(expiresAtMs / 1_000) }),
      iat: issuedAt,
      iss: ISSUER,
      jti,
      "kubernetes.io": {
        namespace,
        ...(nodeName !== undefined && { node: { name: nodeName, uid: nodeUid } }),
        pod: { name: podName, uid: podUid },
        serviceaccount: { name: serviceAccountName, uid },
      },
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${serviceAccountName}`,
    };
  }

  /** The key that signs now. */
  get signingKey(): SigningKey {
    return this.#keys[0] as SigningKey;
  }

  /** Signs with another key from now on, and forgets the ones before where they were stolen. */
  rotateKey({ forget = false } = {}): void {
    this.#keys = [new SigningKey(), ...(forget ? [] : this.#keys)];
  }

  /** `/.well-known/openid-configuration` and `/openid/v1/jwks` (KEP-1393); undefined for any other path. */
  discovery(path: string): object | undefined {
    switch (path) {
      case "/.well-known/openid-configuration":
        return {
          issuer: ISSUER,
          jwks_uri: `${ISSUER}/openid/v1/jwks`,
          response_types_supported: ["id_token"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256"],
        };
      case "/openid/v1/jwks":
        return { keys: this.#keys.map(({ jwk }) => jwk) };
      default:
        return undefined;
    }
  }

  /** Sets what a given token stands for. */
  set(token: string, identity: TokenIdentity): void {
    this.#identities.set(token, identity);
  }

  revoke(token: string): void {
    this.#identities.delete(token);
  }

  /** Who a token is, where one of its audiences is wanted; else why it is refused, in the API server's words. */
  review(token: string, wanted: readonly string[]): ReviewedToken {
    const identity = this.#identities.get(token);
    if (!identity) return { kind: "refused", error: "invalid bearer token" };
    if ((identity.expiresAtMs ?? Number.POSITIVE_INFINITY) <= this.#nowMs())
      return { kind: "refused", error: "[invalid bearer token, service account token has expired]" };
    const audiences = identity.audiences.filter((audience) => wanted.includes(audience));
    if (audiences.length > 0) return { kind: "accepted", identity, audiences };
    const list = (of: readonly string[]) => `[${of.map((audience) => JSON.stringify(audience)).join(" ")}]`;
    const problem = `token audiences ${list(identity.audiences)} is invalid for the target audiences ${list(wanted)}`;
    return { kind: "refused", error: `[invalid bearer token, ${problem}]` };
  }
}

export type ReviewedToken =
  | { readonly kind: "accepted"; readonly identity: TokenIdentity; readonly audiences: readonly string[] }
  | { readonly kind: "refused"; readonly error: string };
