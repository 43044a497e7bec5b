/** What the API server says of a token, by TokenReview or by its signature, and nothing more. */
export interface ReviewedToken {
  readonly authenticated: boolean;
  readonly username: string;
  /** Those that were asked for and that the token is for. */
  readonly audiences: readonly string[];
  /** Of the pod that the token is bound to. */
  readonly podName: string | undefined;
  readonly podUid: string | undefined;
  /** Of that pod's node, which Kubernetes names in tokens from 1.30 on (KEP-4193). */
  readonly nodeName: string | undefined;
  readonly nodeUid: string | undefined;
  /** When the token ends, milliseconds since 1970. */
  readonly expiresAtMs: number | undefined;
}

export interface AttestationRules {
  /** That agents run as. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  readonly audience: string;
}

/** What the agent's token claims, before the cluster has been asked whether it is still so. */
export interface AgentClaims {
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly nodeName: string | undefined;
  readonly nodeUid: string | undefined;
  readonly expiresAtMs: number | undefined;
}

/** Why a peer is not taken for the agent of a node. */
export type AttestationRefusal =
  | "token-missing"
  | "token-refused"
  | "not-an-agent"
  | "token-without-pod"
  | "agent-gone"
  | "node-gone";

export interface Refused<Reason extends string = AttestationRefusal> {
  readonly kind: "refused";
  readonly reason: Reason;
  readonly detail: string;
}

export type CheckedToken = { readonly kind: "claims"; readonly claims: AgentClaims } | Refused;

/** What the server went by: the API server's word, or its signature where it could not be asked. */
export type Proof = "token-review" | "signature";
export const PROOFS: readonly Proof[] = ["token-review", "signature"];

/** An agent whose pod and node are there. */
export interface AgentIdentity {
  readonly node: string;
  readonly podUid: string;
  /** Unknown of a token that does not say; it then ends with the agent's pod alone. */
  readonly expiresAtMs: number | undefined;
  readonly proof: Proof;
}

export type Attestation = { readonly kind: "attested"; readonly identity: AgentIdentity } | Refused;

export const refused = (reason: AttestationRefusal, detail: string): Refused => ({ kind: "refused", reason, detail });

type Check = (token: ReviewedToken, rules: AttestationRules) => Refused | undefined;

const isAuthentic: Check = ({ authenticated }) =>
  authenticated ? undefined : refused("token-refused", "the API server does not take the token");

const isForUs: Check = ({ audiences }, { audience }) =>
  audiences.includes(audience) ? undefined : refused("token-refused", `the token is not for the audience ${audience}`);

const isAnAgents: Check = ({ username }, { serviceAccount }) =>
  username === `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`
    ? undefined
    : refused(
        "not-an-agent",
        `the token is of ${username}, and agents run as ${serviceAccount.namespace}/${serviceAccount.name} (--agent-service-account)`,
      );

const isBoundToPod: Check = ({ podName, podUid }) =>
  podName && podUid
    ? undefined
    : refused(
        "token-without-pod",
        "the token is bound to no pod: it must be projected into the agent's pod by kubelet",
      );

const CHECKS: readonly Check[] = [isAuthentic, isForUs, isAnAgents, isBoundToPod];

/**
 * What a token claims, where it is an agent's. It is the API server's word and not the agent's own that counts: a worker
 * that is taken over can then ask for its own pods and for no other's (kiam#105, kiam#521).
 */
export function checkToken(token: ReviewedToken, rules: AttestationRules): CheckedToken {
  for (const check of CHECKS) {
    const verdict = check(token, rules);
    if (verdict) return verdict;
  }
  const { podName = "", podUid = "", nodeName, nodeUid, expiresAtMs } = token;
  const { namespace } = rules.serviceAccount;
  return { kind: "claims", claims: { namespace, podName, podUid, nodeName, nodeUid, expiresAtMs } };
}

/** What the cluster says of the pod and node that a token names; undefined where there is none. */
export interface ClusterFacts {
  readonly pod: { readonly uid: string; readonly node: string | undefined; readonly finished: boolean } | undefined;
  /** The UID of the node that the pod is on. */
  readonly nodeUid: string | undefined;
}

/**
 * Whether what a token claims is still so. A token outlives its node and, for a minute, its pod; and an EC2 node's name
 * comes back with its address.
 */
export function attest(claims: AgentClaims, { pod, nodeUid }: ClusterFacts, proof: Proof): Attestation {
  if (pod?.uid !== claims.podUid || pod.finished || pod.node === undefined)
    return refused("agent-gone", "the pod that the token is bound to is not there, or has ended");
  if (claims.nodeName !== undefined && claims.nodeName !== pod.node)
    return refused("node-gone", `the token is of node ${claims.nodeName}, and its pod runs on ${pod.node}`);
  if (nodeUid === undefined) return refused("node-gone", `there is no node ${pod.node}`);
  if (claims.nodeUid !== undefined && claims.nodeUid !== nodeUid)
    return refused("node-gone", `the node ${pod.node} is not the one of that name that the token was issued for`);
  return { kind: "attested", identity: { node: pod.node, podUid: pod.uid, expiresAtMs: claims.expiresAtMs, proof } };
}
