import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { tlsContextOptions } from "@rolecall/common/tls/tls-context";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import type { PeerAudit } from "../../application/peer-audit.ts";
import { handshakeProblem } from "./handshake-problem.ts";

export interface TlsListenerOptions {
  readonly tls: TlsMaterialSource;
  readonly audit: PeerAudit;
  /** Whether a peer is asked for a certificate. Whoever takes its connection judges what it showed. */
  readonly asksForCertificate: boolean;
  /** Whether a peer is worth a handshake; every one is when absent. */
  readonly isHeard?: (peer: string) => boolean;
  /** How long a handshake may take, milliseconds; ten seconds when absent. */
  readonly handshakeMs?: number;
}

const HANDSHAKE_MS = 10_000;

/**
 * Shakes hands in TLS 1.3 with the certificate of the moment, says why where that fails, and hands on what came of it.
 * grpc-js would do it too, and say nothing of those that fail.
 */
export class TlsListener {
  readonly server: Server;
  readonly #shakingHands = new Map<string, Socket>();
  readonly #met = new Set<TLSSocket>();
  readonly #unsubscribe: () => void;

  /** @param onConnection receives each connection, ready for HTTP/2; destroys it where it does not want it */
  constructor(options: TlsListenerOptions, onConnection: (socket: TLSSocket) => void) {
    const { tls, audit, asksForCertificate, isHeard = () => true, handshakeMs = HANDSHAKE_MS } = options;
    this.server = createServer({
      ...(tls.current && tlsContextOptions(tls.current)),
      minVersion: "TLSv1.3",
      requestCert: asksForCertificate,
      // Node would only destroy the connection, and forget whose it was.
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      handshakeTimeout: handshakeMs,
    });
    this.#unsubscribe = tls.onChange((material) => this.server.setSecureContext(tlsContextOptions(material)));
    this.server.prependListener("connection", (socket: Socket) => {
      const peer = nameOf(socket);
      // Without material there is nothing to shake hands with.
      if (!tls.current || !isHeard(peer)) {
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
      // Node leaves open what was too slow.
      socket.destroy();
      // Of a connection that is closed already Node no longer knows the peer; what closed it was seen above.
      if (!this.#shakingHands.delete(peer)) return;
      const { reason, detail } = handshakeProblem(error);
      audit.connectionRefused(reason, { peer, detail });
    });
    this.server.on("secureConnection", (socket) => {
      this.#shakingHands.delete(nameOf(socket));
      this.#met.add(socket);
      socket.once("close", () => this.#met.delete(socket));
      // What goes wrong with a connection from here on is seen by the calls on it.
      socket.on("error", () => {});
      onConnection(socket);
    });
  }

  /**
   * Meets nobody any more, and waits until the connections that were handed on have ended.
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
      for (const socket of this.#met) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(force);
  }
}

/** As grpc-js names a peer to the handlers of its calls. */
export const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;
