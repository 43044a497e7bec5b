import { randomUUID } from "node:crypto";

/** What a token for the API itself is issued for. */
export const API_AUDIENCE = "https://kubernetes.default.svc";

export interface TokenIdentity {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly audiences: readonly string[];
}

/** The pod that a projected ServiceAccount token is bound to. */
export interface PodBinding {
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly podName: string;
  readonly podUid: string;
  readonly nodeName: string;
  readonly nodeUid: string;
  readonly audiences: readonly string[];
}

/** Tokens that the API knows: as bearer tokens of requests, and in TokenReviews. */
export class Tokens {
  readonly #identities = new Map<string, TokenIdentity>();

  /** @returns a new token for this identity */
  issue(identity: TokenIdentity): string {
    const token = `sandbox.${randomUUID()}`;
    this.#identities.set(token, identity);
    return token;
  }

  /**
   * A token as kubelet projects it into a pod since Kubernetes 1.32: with the pod and its node among the extra fields.
   * Source: KEP-4193.
   */
  issueForPod({ namespace, serviceAccountName, audiences, ...bound }: PodBinding): string {
    return this.issue({
      username: `system:serviceaccount:${namespace}:${serviceAccountName}`,
      uid: randomUUID(),
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      extra: {
        "authentication.kubernetes.io/credential-id": [`JTI=${randomUUID()}`],
        "authentication.kubernetes.io/node-name": [bound.nodeName],
        "authentication.kubernetes.io/node-uid": [bound.nodeUid],
        "authentication.kubernetes.io/pod-name": [bound.podName],
        "authentication.kubernetes.io/pod-uid": [bound.podUid],
      },
      audiences,
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
