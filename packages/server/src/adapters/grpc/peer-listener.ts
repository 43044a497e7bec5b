import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { type CertificateFacts, factsOf } from "@rolecall/common/tls/certificate-facts";
import type { JudgedPeer } from "@rolecall/common/tls/peer-role";
import { tlsContextOptions } from "@rolecall/common/tls/tls-context";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import type { AgentCertificate } from "../../application/identify-node.ts";
import type { PeerAudit } from "../../application/peer-audit.ts";
import { handshakeProblem, verificationProblem } from "./handshake-problem.ts";

export interface PeerListenerOptions {
  readonly tls: TlsMaterialSource;
  /** Whether a certificate that a trusted authority signed is an agent's. */
  readonly judge: (certificate: CertificateFacts) => JudgedPeer;
  readonly audit: PeerAudit;
}

const HANDSHAKE_MS = 10_000;

/**
 * Meets peers: shakes hands with them in TLS 1.3, both sides showing their certificates, and hands on the connections of
 * agents. grpc-js would do it too, and say nothing of those that fail.
 */
export class PeerListener {
  readonly server: Server;
  readonly #options: PeerListenerOptions;
  readonly #shakingHands = new Map<string, Socket>();
  readonly #admitted = new Set<TLSSocket>();
  readonly #agents = new Map<string, AgentCertificate>();
  readonly #unsubscribe: () => void;

  /** @param onConnection receives each admitted connection, ready for HTTP/2 */
  constructor(options: PeerListenerOptions, onConnection: (socket: TLSSocket) => void) {
    const { tls, audit } = options;
    this.#options = options;
    this.server = createServer({
      ...(tls.current && tlsContextOptions(tls.current)),
      minVersion: "TLSv1.3",
      requestCert: true,
      // Refused by `#admit` instead: Node only destroys the connection then, and forgets whose it was.
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      handshakeTimeout: HANDSHAKE_MS,
    });
    this.#unsubscribe = tls.onChange((material) => this.server.setSecureContext(tlsContextOptions(material)));
    this.server.prependListener("connection", (socket: Socket) => {
      const peer = nameOf(socket);
      // Without material there is nothing to shake hands with; a peer that is refused again and again is not heard.
      if (!tls.current || audit.isExhausted(peer)) {
        socket.destroy();
        return;
      }
      this.#shakingHands.set(peer, socket);
      socket.once("close", () => {
        if (this.#shakingHands.delete(peer)) audit.connectionRefused("handshake-broken-off", { peer });
      });
    });
    this.server.on("tlsClientError", (error, socket) => {
      const peer = nameOf(socket);
      // Of a connection that is closed already Node no longer knows the peer; what closed it was seen above.
      if (!this.#shakingHands.delete(peer)) return;
      const { reason, detail } = handshakeProblem(error);
      audit.connectionRefused(reason, { peer, detail });
    });
    this.server.on("secureConnection", (socket) => {
      this.#shakingHands.delete(nameOf(socket));
      // What goes wrong with a connection from here on is seen by the calls on it.
      socket.on("error", () => {});
      if (this.#admit(socket)) onConnection(socket);
      else socket.destroy();
    });
  }

  /** The certificate that a peer was admitted with; undefined for one that is not connected. */
  certificateOf(peer: string): AgentCertificate | undefined {
    return this.#agents.get(peer);
  }

  /**
   * Meets nobody any more, and waits until those that were admitted have gone.
   *
   * @param graceMs after this time they are cut off
   */
  async close(graceMs: number): Promise<void> {
    this.#unsubscribe();
    const closed = new Promise((resolve) => this.server.close(resolve));
    const unmet = [...this.#shakingHands.values()];
    // Cut off by us, they are none that broke off.
    this.#shakingHands.clear();
    for (const socket of unmet) socket.destroy();
    const force = setTimeout(() => {
      for (const socket of this.#admitted) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(force);
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
    audit.connected();
    this.#admitted.add(socket);
    this.#agents.set(peer, { serialNumber: certificate, node: verdict.node });
    socket.once("close", () => {
      this.#admitted.delete(socket);
      this.#agents.delete(peer);
      audit.closed(peer);
    });
    return true;
  }
}

/** As grpc-js names a peer to the handlers of its calls. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;
