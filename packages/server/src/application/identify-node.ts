import type { Logger } from "@rolecall/common/telemetry/logger";
import type { AgentIdentity, AttestationRefusal } from "../domain/node/attestation.ts";
import type { AgentIdentities } from "./agent-identities.ts";
import type { AttestNode } from "./attest-node.ts";
import type { AuditedPeer, PeerAudit } from "./peer-audit.ts";

/** A caller, as its connection and its call show it. */
export interface Caller {
  /** `address:port` of its end of the connection. */
  readonly peer: string;
  readonly call: string;
  /** The node that it says it is on. */
  readonly named: string;
  readonly token: string | undefined;
  /** Its certificate, where the connection was admitted with one that is an agent's. */
  readonly certificate: AgentCertificate | undefined;
}

export interface AgentCertificate {
  readonly serialNumber: string;
  /** Set where the certificate is of one node's agent alone. */
  readonly node: string | undefined;
}

type IdentificationRefusal =
  | AttestationRefusal
  | "certificate-missing"
  | "certificate-of-another-node"
  | "node-mismatch"
  | "too-many-refusals";

export type IdentifiedNode =
  /** `identity` is absent where the caller's word was taken. */
  | { readonly kind: "node"; readonly node: string; readonly identity: AgentIdentity | undefined }
  | { readonly kind: "refused"; readonly reason: IdentificationRefusal }
  /** The API server could not be asked, and nothing else could be gone by. */
  | { readonly kind: "unavailable" };

/** Finds out on which node a caller is. */
export type IdentifyNode = (caller: Caller) => Promise<IdentifiedNode>;

/** Takes the word of whoever shows an agent's certificate, where that is not of another node. */
export const identifyByCertificate =
  (audit: PeerAudit): IdentifyNode =>
  async (caller) => {
    const problem = certificateProblem(caller);
    if (problem) return refuse(audit, caller, problem);
    audit.accepted(audited(caller));
    return { kind: "node", node: caller.named, identity: undefined };
  };

export interface IdentifyByTokenOptions {
  readonly attestation: AttestNode;
  readonly identities: AgentIdentities;
  readonly audit: PeerAudit;
  readonly log: Logger;
}

/** Takes the API server's word or signature for the token beside the certificate, and says each verdict. */
export function identifyByToken({ attestation, identities, audit, log }: IdentifyByTokenOptions): IdentifyNode {
  return async (caller) => {
    const { named, token } = caller;
    const problem = certificateProblem(caller);
    if (problem) return refuse(audit, caller, problem);
    if (token === undefined) return refuse(audit, caller, "token-missing", "see --token-file of the agent");
    // Each look costs the API server two requests; a peer that was refused again and again has to wait for its turn.
    if (!attestation.isKnown(token) && audit.isExhausted(caller.peer))
      return refuse(audit, caller, "too-many-refusals");
    const verdict = await attestation.attest(token).catch((error: unknown) => {
      log.warn({ node: named, err: error }, "could not have an agent's token checked");
      return undefined;
    });
    if (!verdict) return { kind: "unavailable" };
    if (verdict.kind === "undecided") {
      audit.callPutOff("api-server-unavailable", { ...audited(caller), detail: verdict.detail });
      return { kind: "unavailable" };
    }
    if (verdict.kind === "refused") return refuse(audit, caller, verdict.reason, verdict.detail);
    const { identity } = verdict;
    if (identity.node !== named) {
      const detail = `the call is for ${named}, and the token is of node ${identity.node}`;
      return refuse(audit, caller, "node-mismatch", detail, identity.node);
    }
    identities.proven(identity);
    audit.accepted({ ...audited(caller), proof: identity.proof });
    return { kind: "node", node: named, identity };
  };
}

function certificateProblem({ certificate, named }: Caller): IdentificationRefusal | undefined {
  if (!certificate) return "certificate-missing";
  if (certificate.node !== undefined && certificate.node !== named) return "certificate-of-another-node";
  return undefined;
}

const audited = ({ peer, call, named, certificate }: Caller): AuditedPeer & { readonly node: string } => ({
  peer,
  call,
  node: named,
  ...(certificate && { certificate: certificate.serialNumber }),
});

function refuse(
  audit: PeerAudit,
  caller: Caller,
  reason: IdentificationRefusal,
  detail?: string,
  provenNode?: string,
): IdentifiedNode {
  audit.callRefused(reason, {
    ...audited(caller),
    ...(provenNode !== undefined && { provenNode }),
    ...(detail !== undefined && { detail }),
  });
  return { kind: "refused", reason };
}
