import { randomUUID } from "node:crypto";

/** What a token for the API itself is issued for. */
export const API_AUDIENCE = "https://kubernetes.default.svc";

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
   * A token as kubelet projects it into a pod since Kubernetes 1.32: with the pod and its node among the extra fields.
   * Source: KEP-4193.
   */
  issueForPod({ namespace, serviceAccountName, audiences, expiresAtMs, ...bound }: PodBinding): string {
    const { nodeName, nodeUid } = bound;
    return this.issue({
      username: `system:serviceaccount:${namespace}:${serviceAccountName}`,
      uid: randomUUID(),
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      extra: {
        "authentication.kubernetes.io/credential-id": [`JTI=${randomUUID()}`],
        ...(nodeName !== undefined && { "authentication.kubernetes.io/node-name": [nodeName] }),
        ...(nodeUid !== undefined && { "authentication.kubernetes.io/node-uid": [nodeUid] }),
        "authentication.kubernetes.io/pod-name": [bound.podName],
        "authentication.kubernetes.io/pod-uid": [bound.podUid],
      },
      audiences,
      expiresAtMs,
    });
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
