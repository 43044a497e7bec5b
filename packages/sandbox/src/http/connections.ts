import type { Server, Socket } from "node:net";

/** A server's TCP connections, so that they can be reset. */
export class Connections {
  readonly #sockets = new Map<string, Socket>();

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      const peer = peerOf(socket);
      this.#sockets.set(peer, socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(peer));
    });
  }

  /** Ends the connection that a request came over with an RST. Over TLS only the socket below can do that. */
  reset(requestSocket: Socket): void {
    this.#sockets.get(peerOf(requestSocket))?.resetAndDestroy();
  }

  /** Not by reset: a socket below TLS that is reset in mid-handshake keeps its handle, and the process never ends. */
  endAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
