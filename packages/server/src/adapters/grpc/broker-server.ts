import {
  Server,
  type ServerCredentials,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { ListenAddress } from "@rolecall/common/net/listen";

export interface BrokerServerOptions {
  readonly address: ListenAddress;
  readonly credentials: ServerCredentials;
  readonly services: readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[];
  /** After this time a connection is asked to end, so that agents spread over new servers and new certificates take over. */
  readonly maxConnectionAgeMs: number;
  readonly interceptors?: ServerInterceptor[];
  /** Called once with the port that was bound. */
  readonly onListening?: (port: number) => void;
}

/** How long streams live on after their connection was asked to end, and calls after the process was. */
const GRACE_MS = 10_000;

/** Listens for agents until the signal aborts, then lets calls that are under way finish. */
export function brokerServer(options: BrokerServerOptions): Task {
  return async (signal) => {
    const server = new Server({
      interceptors: options.interceptors ?? [],
      "grpc.max_connection_age_ms": options.maxConnectionAgeMs,
      "grpc.max_connection_age_grace_ms": GRACE_MS,
      // A peer that vanished without a word is noticed within 10 + 5 s (grpc-go#3206 took a quarter of an hour).
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 5_000,
    });
    for (const [definition, implementation] of options.services) server.addService(definition, implementation);
    const port = await bind(server, options);
    options.onListening?.(port);
    await aborted(signal);
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        server.forceShutdown();
        resolve();
      }, GRACE_MS);
      server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  };
}

function bind(server: Server, { address: { host, port }, credentials }: BrokerServerOptions): Promise<number> {
  const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, bound) => {
      if (error) reject(new StartupError([`--listen-address ${target}: cannot listen there: ${errorMessage(error)}`]));
      else resolve(bound);
    });
  });
}
