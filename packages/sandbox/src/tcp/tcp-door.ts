import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly front: Socket;
  readonly back: Socket;
  readonly targetPort: number;
}

/**
 * A port of this machine that leads to others of it, as a Service leads to its pods, and that fails as networks do: by a
 * reset, or by saying nothing any more.
 */
export class TcpDoor {
  readonly port: number;
  readonly #server: Server;
  readonly #random: () => number;
  readonly #pairs = new Set<Pair>();
  /** Those too whose other half has gone without a word. */
  readonly #sockets = new Set<Socket>();
  #targetPorts: readonly number[] = [];
  #isSilent = false;

  private constructor(server: Server, random: () => number) {
    this.#server = server;
    this.#random = random;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (front) => this.#admit(front));
  }

  /**
   * @param random which of several targets a connection goes to, uniform in [0, 1)
   * @param at a loopback address; a port of the system's choice on 127.0.0.1 when absent
   */
  static async open(random: () => number = Math.random, at: { host?: string; port?: number } = {}): Promise<TcpDoor> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0, ...at }, resolve);
    });
    return new TcpDoor(server, random);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Where new connections lead; with no target they are reset. */
  leadTo(...targetPorts: readonly number[]): void {
    this.#targetPorts = targetPorts;
  }

  /** Resets the connections to a target, or all of them, as when a process or its machine dies and the network says so. */
  reset(targetPort?: number): void {
    for (const { front, back, targetPort: leadsTo } of this.#pairs) {
      if (targetPort !== undefined && leadsTo !== targetPort) continue;
      front.resetAndDestroy();
      back.destroy();
    }
  }

  /** Carries nothing any more and ends nothing, as when a machine vanishes from the network without a word. */
  silence(): void {
    this.#isSilent = true;
    for (const { front, back } of this.#pairs) {
      for (const socket of [front, back]) socket.unpipe().pause();
    }
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #admit(front: Socket): void {
    front.on("error", () => {});
    const targetPort = this.#targetPorts[Math.floor(this.#random() * this.#targetPorts.length)];
    if (targetPort === undefined) {
      front.resetAndDestroy();
      return;
    }
    const back = connect({ host: "127.0.0.1", port: targetPort });
    const pair = { front, back, targetPort };
    this.#pairs.add(pair);
    back.on("error", () => front.destroy());
    for (const [socket, other] of [
      [front, back],
      [back, front],
    ] as const) {
      this.#sockets.add(socket);
      if (!this.#isSilent) socket.pipe(other);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        this.#pairs.delete(pair);
        // A machine that has vanished does not say that a connection has ended.
        if (!this.#isSilent) other.destroy();
      });
    }
  }
}
