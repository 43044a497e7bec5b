/** What the API server says of a token (TokenReview), and nothing more. */
export interface ReviewedToken {
  readonly authenticated: boolean;
  readonly username: string;
  /** Those that were asked for and that the token is for. */
  readonly audiences: readonly string[];
  /** Of the pod that the token is bound to, from `authentication.kubernetes.io/node-name`. */
  readonly nodeName: string | undefined;
}

export interface AttestationRules {
  /** `<namespace>/<name>` of the agents' ServiceAccount. */
  readonly serviceAccount: string;
  readonly audience: string;
}

/** Why a peer is not taken for the agent of a node. */
export type AttestationRefusal = "token-missing" | "token-refused" | "not-an-agent" | "token-without-node";

export type Attestation =
  | { readonly kind: "attested"; readonly node: string }
  | { readonly kind: "refused"; readonly reason: AttestationRefusal; readonly detail: string };

type Check = (token: ReviewedToken, rules: AttestationRules) => Attestation | undefined;

const refused = (reason: AttestationRefusal, detail: string): Attestation => ({ kind: "refused", reason, detail });

const isAuthentic: Check = ({ authenticated }) =>
  authenticated ? undefined : refused("token-refused", "the API server does not take the token");

const isForUs: Check = ({ audiences }, { audience }) =>
  audiences.includes(audience) ? undefined : refused("token-refused", `the token is not for the audience ${audience}`);

const isAnAgents: Check = ({ username }, { serviceAccount }) =>
  username === `system:serviceaccount:${serviceAccount.replace("/", ":")}`
    ? undefined
    : refused(
        "not-an-agent",
        `the token is of ${username}, and agents run as ${serviceAccount} (--agent-service-account)`,
      );

/** Kubernetes names the node in tokens from 1.30 on (KEP-4193). */
const namesItsNode: Check = ({ nodeName }) =>
  nodeName
    ? undefined
    : refused(
        "token-without-node",
        "the token names no node: it must be projected into a pod, by Kubernetes 1.30 or newer",
      );

const CHECKS: readonly Check[] = [isAuthentic, isForUs, isAnAgents, namesItsNode];

/**
 * Which node's agent a token stands for. It is the API server's word and not the agent's own that counts: a worker that is
 * taken over can then ask for its own pods and for no other's (kiam#105, kiam#521).
 */
export function attest(token: ReviewedToken, rules: AttestationRules): Attestation {
  for (const check of CHECKS) {
    const verdict = check(token, rules);
    if (verdict) return verdict;
  }
  return { kind: "attested", node: token.nodeName ?? "" };
}
