import type { Socket } from "node:net";

export interface ConnectionGateOptions {
  /** Connections of one source that are served at a time. */
  readonly maxPerSource: number;
  /** How long a connection waits for its turn; clients give up on us after a second. */
  readonly maxWaitMs: number;
  /** Hands a connection to the HTTP server. */
  readonly serve: (socket: Socket) => void;
  /** A connection was closed unheard. */
  readonly onRefused: () => void;
}

/** Connections of one source that wait, for each that is served. Beyond, they are closed at once. */
const WAITING_PER_SERVED = 3;

interface Source {
  readonly address: string;
  served: number;
  readonly waiting: Set<Waiting>;
}

interface Waiting {
  takeTurn(): void;
  giveUp(): void;
}

/**
 * Serves so many connections of one source at a time and lets some more wait, so that neither slow nor many connections
 * of one pod keep others from being answered, while a pod that starts a hundred workers at once loses none.
 */
export class ConnectionGate {
  readonly #options: ConnectionGateOptions;
  readonly #sources = new Map<string, Source>();

  constructor(options: ConnectionGateOptions) {
    this.#options = options;
  }

  /** Serves a new connection now, when its turn comes, or never. */
  admit(socket: Socket, address: string): void {
    const { maxPerSource } = this.#options;
    const source = this.#sources.get(address) ?? { address, served: 0, waiting: new Set() };
    this.#sources.set(address, source);
    if (source.served < maxPerSource) this.#serve(socket, source);
    else if (source.waiting.size < maxPerSource * WAITING_PER_SERVED) this.#hold(socket, source);
    else this.#refuse(socket);
  }

  /** Closes every connection that still waits. */
  closeWaiting(): void {
    for (const { waiting } of this.#sources.values()) for (const each of [...waiting]) each.giveUp();
  }

  #serve(socket: Socket, source: Source): void {
    source.served += 1;
    socket.once("close", () => {
      source.served -= 1;
      const [next] = source.waiting;
      if (next) next.takeTurn();
      else if (source.served === 0) this.#sources.delete(source.address);
    });
    this.#options.serve(socket);
  }

  #hold(socket: Socket, source: Source): void {
    const waiting: Waiting = {
      takeTurn: () => {
        leave();
        this.#serve(socket, source);
      },
      giveUp: () => {
        leave();
        this.#refuse(socket);
      },
    };
    const leave = () => {
      source.waiting.delete(waiting);
      socket.off("error", leave).off("close", leave).off("end", depart).setTimeout(0, waiting.giveUp);
    };
    const depart = () => {
      leave();
      socket.destroy();
    };
    source.waiting.add(waiting);
    // An end while nothing is read means that nothing was sent; the parser, which comes later, would not hear of it.
    socket.on("error", leave).on("close", leave).on("end", depart);
    socket.setTimeout(this.#options.maxWaitMs, waiting.giveUp);
  }

  #refuse(socket: Socket): void {
    this.#options.onRefused();
    socket.destroy();
  }
}
