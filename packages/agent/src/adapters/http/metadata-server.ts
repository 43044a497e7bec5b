import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import { isPortTaken, type ListenAddress, listen } from "@rolecall/common/net/listen";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { AnswerMetadata } from "../../application/answer-metadata.ts";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";
import { ConnectionGate } from "./connection-gate.ts";
import { requestListener } from "./request-listener.ts";
import { plainAddress } from "./source-address.ts";
import { refuseOnTheWire } from "./wire-refusals.ts";

export interface MetadataServerOptions {
  readonly address: ListenAddress;
  /** The option that sets the address, for errors. */
  readonly flag: string;
  readonly answer: AnswerMetadata;
  /** Whether to listen on a free port where another process has the one of the address. */
  readonly orAnyPort?: boolean;
  readonly recorder: MetadataRecorder;
  /** Milliseconds of a clock that is never set, for durations. */
  readonly monotonicMs: () => number;
  readonly log: Logger;
  /** Connections of one source address served at a time. Default 64. */
  readonly maxConnectionsPerSource?: number;
  /**
   * How long an idle connection is kept for another request, milliseconds. Default 0: every answer closes its
   * connection, as a client that reuses one in the moment it is closed fails, and pods were seen to leak kept ones
   * (kube2iam#222).
   */
  readonly keepAliveMs?: number;
  /** In which a request must have arrived whole. Default 5 s. */
  readonly requestTimeoutMs?: number;
  /** Called once with what was bound. */
  readonly onListening?: (bound: AddressInfo) => void;
}

/** A token of 10 kB is still read and answered 401, as EC2 does; more headers than that are 431. */
const MAX_HEADER_BYTES = 12 * 1_024;
const MAX_WAIT_FOR_TURN_MS = 1_000;
/** How long answers under way get when the server stops: longer than any of them takes. */
const DRAIN_MS = 500;

/** The HTTP edge of the metadata service: sockets, limits and time-outs; what is answered is `answer`'s. */
export function metadataServer(options: MetadataServerOptions): Task {
  return async (signal) => {
    const served = gatedServer(options);
    const bound = await listenAt(served.server, options);
    try {
      options.onListening?.(bound);
      await aborted(signal);
    } finally {
      await drain(served);
    }
  };
}

async function listenAt(server: Server, { address, flag, orAnyPort }: MetadataServerOptions): Promise<AddressInfo> {
  try {
    return await listen(server, address, flag);
  } catch (error) {
    if (!orAnyPort || !isPortTaken(error)) throw error;
    return listen(server, { ...address, port: 0 }, flag);
  }
}

interface Listening {
  readonly server: Server;
  readonly gate: ConnectionGate;
}

/** Stops listening, gives what is under way its time, and then cuts it off. */
async function drain({ server, gate }: Listening): Promise<void> {
  const cutOff = setTimeout(() => {
    gate.closeWaiting();
    server.closeAllConnections();
  }, DRAIN_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cutOff);
}

function gatedServer(options: MetadataServerOptions): Listening {
  const { recorder, maxConnectionsPerSource = 64 } = options;
  const server = httpServer(options);
  // The parser listens for connections like anyone else: the gate takes its place and hands them on.
  const [toParser] = server.listeners("connection") as [(socket: Socket) => void];
  server.removeAllListeners("connection");
  const gate = new ConnectionGate({
    maxPerSource: maxConnectionsPerSource,
    maxWaitMs: MAX_WAIT_FOR_TURN_MS,
    serve: (socket) => toParser.call(server, socket),
    onRefused: () => recorder.connectionRefused(),
  });
  server.on("connection", (socket: Socket) => {
    // Without an address the peer has gone already.
    if (socket.remoteAddress === undefined) socket.destroy();
    else gate.admit(socket, plainAddress(socket.remoteAddress));
  });
  return { server, gate };
}

function httpServer(options: MetadataServerOptions): Server {
  const { answer, recorder, monotonicMs, log, keepAliveMs = 0, requestTimeoutMs = 5_000 } = options;
  const listener = requestListener({ answer, recorder, monotonicMs, log, keepAlive: keepAliveMs > 0 });
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      // Nothing waits for more where one write is all that a connection carries.
      noDelay: keepAliveMs > 0,
      // How often the two above are looked at; Node's default is 30 s.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
      // A missing Host is refused by the hygiene checks, with the headers of every other answer.
      requireHostHeader: false,
    },
    listener,
  );
  refuseOnTheWire(server, recorder);
  return server;
}
