import { LOG_LEVELS } from "../telemetry/logger.ts";
import type { OptionTable } from "./options.ts";
import * as schemas from "./schemas.ts";

/** Settings that every process has. */
export const PROCESS_OPTIONS = {
  adminAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "0.0.0.0:9620",
    help: "where /metrics, /healthz and /readyz are answered",
  },
  protoDirectory: {
    placeholder: "DIR",
    schema: schemas.text,
    help: "where the .proto files of the wire contract lie, where that is not beside the program",
  },
  logLevel: {
    placeholder: "LEVEL",
    schema: schemas.oneOf(LOG_LEVELS),
    default: "info",
    help: `the least level that is logged: ${LOG_LEVELS.join(", ")}`,
  },
} as const satisfies OptionTable;
