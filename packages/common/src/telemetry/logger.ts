import { type Logger as PinoLogger, pino } from "pino";

export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error"> & { child(fields: object): Logger };

/** A logger whose level can be changed while it is in use. */
export type LeveledLogger = Logger & Pick<PinoLogger, "level">;

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Field names that hold a secret wherever they occur; what stands there is never written. */
const SECRET_FIELDS = [
  "secretAccessKey",
  "sessionToken",
  "token",
  "authorization",
  "privateKey",
  "SecretAccessKey",
  "Token",
];

/**
 * JSON lines: a fixed sentence in `msg`, the facts as fields. Errors go in `err`.
 *
 * @param write receives each line; standard output when absent
 */
export function createLogger(process: string, level: LogLevel, write?: (line: string) => void): LeveledLogger {
  const options = {
    level,
    base: { process },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: "[secret]" },
  };
  return write ? pino(options, { write }) : pino(options);
}
