import { Server, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import { type ListenAddress, listen } from "@rolecall/common/net/listen";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import type { Contract } from "@rolecall/proto";
import type { PeerAudit } from "../../application/peer-audit.ts";
import { ServedConnections } from "./served-connections.ts";
import { TlsListener } from "./tls-listener.ts";

export interface EnrollmentServerOptions {
  readonly address: ListenAddress;
  readonly tls: TlsMaterialSource;
  readonly audit: PeerAudit;
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

/**
 * Listens for agents that have no certificate yet until the signal aborts, then lets those that have asked be answered. This
 * server alone proves who it is: the token in a call says who is calling.
 */
export function enrollmentServer(options: EnrollmentServerOptions): Task {
  const { address, tls, audit, contract, service, onListening } = options;
  return async (signal) => {
    const server = new Server({
      "grpc.max_connection_age_ms": CONNECTION_AGE_MS,
      "grpc.max_connection_age_grace_ms": GRACE_MS,
      "grpc.max_receive_message_length": MAX_RECEIVED_BYTES,
    });
    server.addService(contract.Enrollment.service, service);
    const connections = new ServedConnections(server, GRACE_MS);
    const listener = new TlsListener({ tls, audit, asksForCertificate: false }, connections.serve);
    const { port } = await listen(listener.server, address, "--enrollment-address");
    onListening?.(port);
    await aborted(signal);
    await connections.end(listener);
  };
}
