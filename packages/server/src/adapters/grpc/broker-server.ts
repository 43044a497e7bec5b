import {
  Server,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import { KEEPALIVE, type Keepalive, keepaliveOptions } from "@rolecall/common/net/keepalive";
import { type ListenAddress, listen } from "@rolecall/common/net/listen";
import { PeerListener, type PeerListenerOptions } from "./peer-listener.ts";
import { ServedConnections } from "./served-connections.ts";

export interface BrokerServerOptions extends PeerListenerOptions {
  readonly address: ListenAddress;
  /** @param listener knows who is at the other end of each call's connection */
  readonly services: (
    listener: PeerListener,
  ) => readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[];
  /** After this time a connection is asked to end, so that agents spread over new servers and new certificates take over. */
  readonly maxConnectionAgeMs: number;
  readonly interceptors?: ServerInterceptor[];
  /** Calls back when every connection is to be made anew at once; the result ends that. */
  readonly onRotateNow: (listener: () => void) => () => void;
  /** How an agent that vanished is noticed; {@link KEEPALIVE} when absent. */
  readonly keepalive?: Keepalive;
  /** How long calls live on after their connection was asked to end, or the process was; ten seconds when absent. */
  readonly graceMs?: number;
  /** Called once with the port that was bound. */
  readonly onListening?: (port: number) => void;
}

const GRACE_MS = 10_000;

/** Listens for agents until the signal aborts, then lets calls that are under way finish. */
export function brokerServer(options: BrokerServerOptions): Task {
  return async (signal) => {
    const { graceMs = GRACE_MS } = options;
    const server = new Server({
      interceptors: options.interceptors ?? [],
      "grpc.max_connection_age_ms": options.maxConnectionAgeMs,
      "grpc.max_connection_age_grace_ms": graceMs,
      ...keepaliveOptions(options.keepalive ?? KEEPALIVE),
    });
    const connections = new ServedConnections(server, graceMs);
    const listener = new PeerListener(options, connections.serve);
    for (const [definition, implementation] of options.services(listener)) {
      server.addService(definition, implementation);
    }
    const { port } = await listen(listener.server, options.address, "--listen-address");
    const endRotation = options.onRotateNow(() => connections.drain());
    options.onListening?.(port);
    await aborted(signal);
    endRotation();
    await connections.end(listener);
  };
}
