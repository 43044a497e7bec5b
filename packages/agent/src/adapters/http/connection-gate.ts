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

/** Sources that are remembered while they have no connection: each request of a pod would make its own anew. */
const MAX_REMEMBERED_SOURCES = 256;

const SOURCE = Symbol("source");

interface Source {
  readonly address: string;
  served: number;
  /** Absent until one has to wait, which is seldom. */
  waiting?: Set<Waiting>;
}

interface GatedSocket extends Socket {
  [SOURCE]?: Source;
}

/** The address that an admitted connection comes from; empty for any other. */
export const sourceOf = (socket: GatedSocket): string => socket[SOURCE]?.address ?? "";

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
  /** One for all connections: whatever a connection holds on to lives until the next full collection, and is paid there. */
  readonly #onClose: (this: GatedSocket) => void;

  constructor(options: ConnectionGateOptions) {
    this.#options = options;
    const left = (source: Source) => this.#left(source);
    this.#onClose = function () {
      if (this[SOURCE]) left(this[SOURCE]);
    };
  }

  get rememberedSources(): number {
    return this.#sources.size;
  }

  /** Serves a new connection now, when its turn comes, or never. */
  admit(socket: Socket, address: string): void {
    const { maxPerSource } = this.#options;
    const source = this.#sources.get(address) ?? this.#newSource(address);
    if (source.served < maxPerSource) this.#serve(socket, source);
    else if ((source.waiting?.size ?? 0) < maxPerSource * WAITING_PER_SERVED) this.#hold(socket, source);
    else this.#refuse(socket);
  }

  /** Closes every connection that still waits. */
  closeWaiting(): void {
    for (const { waiting = [] } of this.#sources.values()) for (const each of [...waiting]) each.giveUp();
  }

  #newSource(address: string): Source {
    if (this.#sources.size >= MAX_REMEMBERED_SOURCES) this.#forgetIdle();
    const source: Source = { address, served: 0 };
    this.#sources.set(address, source);
    return source;
  }

  #serve(socket: GatedSocket, source: Source): void {
    source.served += 1;
    socket[SOURCE] = source;
    socket.on("close", this.#onClose);
    this.#options.serve(socket);
  }

  #left(source: Source): void {
    source.served -= 1;
    const next = source.waiting?.values().next().value;
    next?.takeTurn();
  }

  #forgetIdle(): void {
    for (const [address, source] of this.#sources) if (source.served === 0) this.#sources.delete(address);
  }

  #hold(socket: Socket, source: Source): void {
    source.waiting ??= new Set();
    const queue = source.waiting;
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
      queue.delete(waiting);
      socket.off("error", leave).off("close", leave).off("end", depart).setTimeout(0, waiting.giveUp);
    };
    const depart = () => {
      leave();
      socket.destroy();
    };
    queue.add(waiting);
    // An end while nothing is read means that nothing was sent; the parser, which comes later, would not hear of it.
    socket.on("error", leave).on("close", leave).on("end", depart);
    socket.setTimeout(this.#options.maxWaitMs, waiting.giveUp);
  }

  #refuse(socket: Socket): void {
    this.#options.onRefused();
    socket.destroy();
  }
}
