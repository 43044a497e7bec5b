import type { SecureContextOptions } from "node:tls";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { ListenAddress } from "@rolecall/common/net/listen";
import { tlsContextOptions } from "@rolecall/common/tls/tls-context";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import type { Contract } from "@rolecall/proto";

export interface EnrollmentServerOptions {
  readonly address: ListenAddress;
  readonly tls: TlsMaterialSource;
  readonly contract: Contract;
  readonly service: UntypedServiceImplementation;
  /** Called once with the port that was bound. */
  readonly onListening?: (port: number) => void;
}

/** An agent asks once and goes. */
const CONNECTION_AGE_MS = 30_000;
const GRACE_MS = 5_000;
/** A request is some 250 bytes, and anybody may send one. */
const MAX_RECEIVED_BYTES = 8_192;

/** TLS 1.3 where this server alone proves who it is, with the certificate that it has now. */
class EnrollmentCredentials extends ServerCredentials {
  readonly #tls: TlsMaterialSource;
  #unsubscribe = () => {};

  constructor(tls: TlsMaterialSource) {
    super({ requestCert: false, minVersion: "TLSv1.3" });
    this.#tls = tls;
  }

  /** What a port begins with when it is bound. */
  override _getSecureContextOptions(): SecureContextOptions | null {
    return this.#tls.current ? tlsContextOptions(this.#tls.current) : null;
  }

  override _addWatcher(watcher: Parameters<ServerCredentials["_addWatcher"]>[0]): void {
    if (this.getWatcherCount() === 0) {
      this.#unsubscribe = this.#tls.onChange((material) =>
        this.updateSecureContextOptions(tlsContextOptions(material)),
      );
    }
    super._addWatcher(watcher);
  }

  override _removeWatcher(watcher: Parameters<ServerCredentials["_removeWatcher"]>[0]): void {
    super._removeWatcher(watcher);
    if (this.getWatcherCount() === 0) this.#unsubscribe();
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Listens for agents that have no certificate yet, until the signal aborts. */
export function enrollmentServer({ address, tls, contract, service, onListening }: EnrollmentServerOptions): Task {
  return async (signal) => {
    const server = new Server({
      "grpc.max_connection_age_ms": CONNECTION_AGE_MS,
      "grpc.max_connection_age_grace_ms": GRACE_MS,
      "grpc.max_receive_message_length": MAX_RECEIVED_BYTES,
    });
    server.addService(contract.Enrollment.service, service);
    const port = await bind(server, address, new EnrollmentCredentials(tls));
    onListening?.(port);
    await aborted(signal);
    server.forceShutdown();
  };
}

function bind(server: Server, { host, port }: ListenAddress, credentials: ServerCredentials): Promise<number> {
  const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, bound) => {
      if (!error) return resolve(bound);
      reject(new StartupError([`--enrollment-address ${target}: cannot listen there: ${errorMessage(error)}`]));
    });
  });
}
