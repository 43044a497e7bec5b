import { type ServiceError, status } from "@grpc/grpc-js";
import { REASON_TRAILER } from "@rolecall/proto";
import { BrokerError } from "../../application/ports/broker.ts";

/** Why a call failed: the server's word, or gRPC's where it said none. */
export function toBrokerError(error: ServiceError): BrokerError {
  const trailer = error.metadata?.get(REASON_TRAILER)[0];
  const reason =
    trailer === undefined ? (status[error.code] ?? "UNKNOWN").toLowerCase().replaceAll("_", "-") : String(trailer);
  return new BrokerError(reason, error.details || error.message, { cause: error });
}
