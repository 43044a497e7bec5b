import {
  type Attestation,
  type AttestationRules,
  attest,
  type ClusterFacts,
  checkToken,
  type ReviewedToken,
  refused,
} from "./attestation.ts";

/**
 * What a ServiceAccount token says of itself, once its signature has been found to be the API server's; what it does not
 * say is undefined. Sources: KEP-1205 (bound tokens), KEP-4193 (their node, Kubernetes 1.30 and newer).
 */
export interface SignedClaims {
  /** `iss` */
  readonly issuer: string | undefined;
  /** `aud` */
  readonly audiences: readonly string[];
  /** `nbf`, milliseconds since 1970. */
  readonly notBeforeMs: number | undefined;
  /** `exp`, milliseconds since 1970. */
  readonly expiresAtMs: number | undefined;
  readonly namespace: string | undefined;
  readonly serviceAccount: string | undefined;
  readonly podName: string | undefined;
  readonly podUid: string | undefined;
  readonly nodeName: string | undefined;
  readonly nodeUid: string | undefined;
}

/** Only the API server could say; it cannot be asked. */
export interface Undecided {
  readonly kind: "undecided";
  readonly detail: string;
}

export const undecided = (detail: string): Undecided => ({ kind: "undecided", detail });

/** What the server knows without asking anyone. */
export interface KnownFacts {
  /** Whom the API server names as the issuer of its tokens. */
  readonly issuer: string;
  readonly nowMs: number;
  /** The agent's pod as the watch has it; undefined where it has none of that UID. */
  readonly podOf: (uid: string) => ClusterFacts["pod"];
}

/** The API server dates a token by its own clock. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Whose token it is, by the rules that a review's answer has to meet. It is refused where the API server would refuse it
 * for certain, and undecided where it may know better: of another issuer it accepts too, of a pod that the watch has
 * not brought, or of a node that the token does not name.
 */
export function attestBySignature(
  claims: SignedClaims,
  rules: AttestationRules,
  { issuer, nowMs, podOf }: KnownFacts,
): Attestation | Undecided {
  const { expiresAtMs, notBeforeMs } = claims;
  if (claims.issuer !== issuer) return undecided(`the token is not of the issuer ${issuer}`);
  if (expiresAtMs === undefined) return undecided("the token does not say when it ends");
  if (expiresAtMs <= nowMs) return refused("token-refused", "the token has expired");
  if (notBeforeMs !== undefined && notBeforeMs > nowMs + CLOCKS_DIFFER_MS)
    return refused("token-refused", "the token is not valid yet");
  const checked = checkToken(asReviewed(claims), rules);
  if (checked.kind === "refused") return checked;
  const { nodeName, nodeUid, podUid } = checked.claims;
  if (nodeName === undefined || nodeUid === undefined)
    return undecided("the token names no node, as Kubernetes does from 1.30 on");
  const pod = podOf(podUid);
  if (!pod) return undecided("the watch has not brought the pod that the token is bound to, or has seen it go");
  // A pod never moves, and the API server signed the node's UID with the pod's: the Node itself could not be read.
  return attest(checked.claims, { pod, nodeUid }, "signature");
}

const asReviewed = ({ namespace, serviceAccount, ...claims }: SignedClaims): ReviewedToken => ({
  ...claims,
  authenticated: true,
  username: `system:serviceaccount:${namespace ?? ""}:${serviceAccount ?? ""}`,
});
