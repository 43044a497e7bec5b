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
  served: number;
  readonly waiting: Array<() => void>;
}

/**
 * Serves so many connections of one source at a time and lets some more wait, so that neither slow nor many connections
 * of one pod keep others from being answered, while a pod that starts a hundred workers at once loses none.
 *
 * @returns what to call with each new connection and its source
 */
export function connectionGate(options: ConnectionGateOptions): (socket: Socket, address: string) => void {
  const { maxPerSource, maxWaitMs, serve, onRefused } = options;
  const sources = new Map<string, Source>();

  const serveNow = (socket: Socket, address: string, source: Source) => {
    source.served += 1;
    socket.once("close", () => {
      source.served -= 1;
      const next = source.waiting.shift();
      if (next) next();
      else if (source.served === 0) sources.delete(address);
    });
    serve(socket);
  };

  const hold = (socket: Socket, address: string, source: Source) => {
    const leave = () => {
      const place = source.waiting.indexOf(takeTurn);
      if (place >= 0) source.waiting.splice(place, 1);
    };
    const giveUp = () => {
      leave();
      onRefused();
      socket.destroy();
    };
    const takeTurn = () => {
      socket.off("error", leave).off("close", leave).setTimeout(0, giveUp);
      serveNow(socket, address, source);
    };
    source.waiting.push(takeTurn);
    socket.on("error", leave).on("close", leave).setTimeout(maxWaitMs, giveUp);
  };

  return (socket, address) => {
    const source = sources.get(address) ?? { served: 0, waiting: [] };
    sources.set(address, source);
    if (source.served < maxPerSource) serveNow(socket, address, source);
    else if (source.waiting.length < maxPerSource * WAITING_PER_SERVED) hold(socket, address, source);
    else {
      onRefused();
      socket.destroy();
    }
  };
}
