import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GrpcObject, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ProtoGrpcType as BrokerTypes } from "../gen/broker.ts";
import type { ProtoGrpcType as HealthTypes } from "../gen/health.ts";

/**
 * The revision of the wire contract this source speaks. It rises when a peer can no longer do without something new;
 * fields that an older peer may skip do not raise it.
 */
export const CONTRACT_REVISION = 1;

/** Trailer of a failed call: one word that says why. */
export const REASON_TRAILER = "rolecall-reason";

export type Contract = BrokerTypes["rolecall"]["v1"] & {
  readonly Health: HealthTypes["grpc"]["health"]["v1"]["Health"];
};

/** Where the .proto files lie when the sources are run; a bundle has no such place and must name its own. */
export const sourceProtoDirectory = (): string => join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Loads the contract's services and messages.
 *
 * @param directory holds `rolecall/v1/broker.proto` and `grpc/health/v1/health.proto`
 * @throws when a file is missing or no proto3 source
 */
export function loadContract(directory: string): Contract {
  const definition = loadSync(["rolecall/v1/broker.proto", "grpc/health/v1/health.proto"], {
    includeDirs: [directory],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const loaded = loadPackageDefinition(definition) as GrpcObject & BrokerTypes & HealthTypes;
  return { ...loaded.rolecall.v1, Health: loaded.grpc.health.v1.Health };
}

export type { HealthHandlers } from "../gen/grpc/health/v1/Health.ts";
export type {
  Assumption as WireAssumption,
  Assumption__Output as WireAssumptionOut,
} from "../gen/rolecall/v1/Assumption.ts";
export type { BrokerClient, BrokerHandlers } from "../gen/rolecall/v1/Broker.ts";
export type { Certificate__Output as WireCertificateOut } from "../gen/rolecall/v1/Certificate.ts";
export type {
  Credentials as WireCredentials,
  Credentials__Output as WireCredentialsOut,
} from "../gen/rolecall/v1/Credentials.ts";
export type { EnrollmentClient, EnrollmentHandlers } from "../gen/rolecall/v1/Enrollment.ts";
export type {
  GetPodCredentialsRequest,
  GetPodCredentialsRequest__Output,
} from "../gen/rolecall/v1/GetPodCredentialsRequest.ts";
export type {
  GetPodCredentialsResponse,
  GetPodCredentialsResponse__Output,
} from "../gen/rolecall/v1/GetPodCredentialsResponse.ts";
export type { IssueCertificateRequest__Output } from "../gen/rolecall/v1/IssueCertificateRequest.ts";
export type { IssueCertificateResponse } from "../gen/rolecall/v1/IssueCertificateResponse.ts";
export type { NodeUpdate, NodeUpdate__Output } from "../gen/rolecall/v1/NodeUpdate.ts";
export type { Pod as WirePod, Pod__Output as WirePodOut } from "../gen/rolecall/v1/Pod.ts";
export type { ReportNodeRequest, ReportNodeRequest__Output } from "../gen/rolecall/v1/ReportNodeRequest.ts";
export type { ReportNodeResponse, ReportNodeResponse__Output } from "../gen/rolecall/v1/ReportNodeResponse.ts";
export type { Snapshot as WireSnapshot, Snapshot__Output as WireSnapshotOut } from "../gen/rolecall/v1/Snapshot.ts";
export type { WatchNodeRequest, WatchNodeRequest__Output } from "../gen/rolecall/v1/WatchNodeRequest.ts";
export { fromTimestamp, toTimestamp } from "./timestamp.ts";
