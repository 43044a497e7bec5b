import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { Rate } from "@rolecall/common/time/token-bucket";
import { TokenBuckets } from "@rolecall/common/time/token-buckets";
import type { Attestation } from "../domain/node/attestation.ts";
import type { Undecided } from "../domain/node/signed-claims.ts";
import { leafValidity } from "../domain/pki/leaf.ts";
import type { PkiSettings } from "../domain/pki/pki-settings.ts";
import type { AttestNode } from "./attest-node.ts";
import type { KeepAuthorities } from "./keep-authorities.ts";
import type { AuditedPeer, PeerAudit } from "./peer-audit.ts";
import type { CertificateMaker } from "./ports/certificate-maker.ts";
import type { IssueRefusal, PkiRecorder } from "./ports/pki-recorder.ts";

export interface IssueNodeCertificateOptions {
  readonly authorities: KeepAuthorities;
  readonly maker: CertificateMaker;
  readonly attestation: Pick<AttestNode, "attest" | "isKnown">;
  readonly audit: PeerAudit;
  readonly settings: PkiSettings;
  readonly clock: Clock;
  readonly recorder: PkiRecorder;
  readonly log: Logger;
}

export interface CertificateRequest {
  /** PKCS #10, DER. */
  readonly request: Uint8Array;
  readonly token: string | undefined;
  /** Where the question comes from, for the log and the budget. */
  readonly peer: string;
  /** As the agent says, for the log. */
  readonly agentVersion: string;
}

export type IssueAnswer =
  | {
      readonly kind: "issued";
      readonly certificatePem: string;
      readonly notAfterMs: number;
    }
  | { readonly kind: "refused"; readonly reason: IssueRefusal };

/** An agent asks when it starts and at half of a certificate's life; a few more for one that keeps starting. */
const PER_NODE: Rate = { burst: 10, perSecond: 0.1 };

/**
 * Signs a certificate for the node that the API server says a token is of. What the request asks to be called is not read:
 * a worker that is taken over gets its own name and no other.
 */
export class IssueNodeCertificate {
  readonly #options: IssueNodeCertificateOptions;
  readonly #byNode = new TokenBuckets(PER_NODE);

  constructor(options: IssueNodeCertificateOptions) {
    this.#options = options;
  }

  async issue(asked: CertificateRequest): Promise<IssueAnswer> {
    const answer = await this.#answer(asked);
    this.#options.recorder.certificateAsked(answer.kind === "issued" ? "issued" : answer.reason);
    return answer;
  }

  async #answer({ request, token, peer, agentVersion }: CertificateRequest): Promise<IssueAnswer> {
    const { authorities, maker, attestation, audit, settings, clock, log } = this.#options;
    const refuse = (reason: IssueRefusal, facts: Partial<AuditedPeer> = {}): IssueAnswer => {
      audit.callRefused(reason, { peer, call: "IssueCertificate", ...facts });
      return { kind: "refused", reason };
    };
    if (token === undefined) return refuse("token-missing", { detail: "see --token-file of the agent" });
    // Anybody may ask who reaches the port, and each look costs the API server two requests.
    if (!attestation.isKnown(token) && audit.isExhausted(peer)) return refuse("too-many-refusals");
    let attested: Attestation | Undecided;
    try {
      attested = await attestation.attest(token);
    } catch (err) {
      log.warn({ peer, err }, "could not have an agent's token checked");
      return { kind: "refused", reason: "api-server-unavailable" };
    }
    if (attested.kind === "undecided") {
      audit.callPutOff("api-server-unavailable", { peer, call: "IssueCertificate", detail: attested.detail });
      return { kind: "refused", reason: "api-server-unavailable" };
    }
    if (attested.kind === "refused") return refuse(attested.reason, { detail: attested.detail });
    const { node, proof } = attested.identity;
    const signer = authorities.signer();
    if (!signer) return { kind: "refused", reason: "no-authority" };
    if (!this.#byNode.take(node, clock.nowMs())) return refuse("too-many-certificates", { node });
    const validity = leafValidity(signer, clock.nowMs(), settings);
    const signed = await maker.node(signer, validity, node, request);
    if (!signed) return refuse("certificate-request-malformed", { node });
    const { certificatePem, serial } = signed;
    const { notAfterMs } = validity;
    log.info(
      {
        audit: "certificate",
        node,
        peer,
        agentVersion,
        proof,
        certificate: serial,
        authority: signer.id,
        notAfter: new Date(notAfterMs).toISOString(),
      },
      "issued a certificate",
    );
    return { kind: "issued", certificatePem, notAfterMs };
  }
}
