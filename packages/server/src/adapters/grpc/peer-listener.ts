import type { TLSSocket } from "node:tls";
import { type CertificateFacts, factsOf } from "@rolecall/common/tls/certificate-facts";
import type { JudgedPeer } from "@rolecall/common/tls/peer-role";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import type { AgentCertificate } from "../../application/identify-node.ts";
import type { PeerAudit } from "../../application/peer-audit.ts";
import { verificationProblem } from "./handshake-problem.ts";
import { nameOf, TlsListener } from "./tls-listener.ts";

export interface PeerListenerOptions {
  readonly tls: TlsMaterialSource;
  /** Whether a certificate that a trusted authority signed is an agent's. */
  readonly judge: (certificate: CertificateFacts) => JudgedPeer;
  readonly audit: PeerAudit;
  /** See `TlsListenerOptions`. */
  readonly handshakeMs?: number;
}

/** Meets peers, both sides showing their certificates, and hands on the connections of agents. */
export class PeerListener extends TlsListener {
  readonly #options: PeerListenerOptions;
  readonly #agents = new Map<string, AgentCertificate>();

  /** @param onConnection receives each admitted connection, ready for HTTP/2 */
  constructor(options: PeerListenerOptions, onConnection: (socket: TLSSocket) => void) {
    const { audit } = options;
    // A peer that is refused again and again is not heard.
    const isHeard = (peer: string) => !audit.isExhausted(peer);
    super({ ...options, isHeard, asksForCertificate: true }, (socket) => {
      if (this.#admit(socket)) onConnection(socket);
      else socket.destroy();
    });
    this.#options = options;
  }

  /** The certificate that a peer was admitted with; undefined for one that is not connected. */
  certificateOf(peer: string): AgentCertificate | undefined {
    return this.#agents.get(peer);
  }

  #admit(socket: TLSSocket): boolean {
    const { judge, audit } = this.#options;
    const peer = nameOf(socket);
    const shown = socket.getPeerX509Certificate();
    if (!shown) {
      audit.connectionRefused("certificate-missing", { peer });
      return false;
    }
    const facts = factsOf(shown);
    const certificate = facts.serialNumber;
    if (!socket.authorized) {
      // Typed as an Error; Node sets OpenSSL's name of the verdict.
      const { reason, detail } = verificationProblem(String(socket.authorizationError));
      audit.connectionRefused(reason, { peer, certificate, detail });
      return false;
    }
    const verdict = judge(facts);
    if (verdict.kind === "refused") {
      audit.connectionRefused(verdict.reason, { peer, certificate, detail: verdict.detail });
      return false;
    }
    audit.connected(peer);
    this.#agents.set(peer, { serialNumber: certificate, node: verdict.node });
    socket.once("close", () => {
      this.#agents.delete(peer);
      audit.closed(peer);
    });
    return true;
  }
}
