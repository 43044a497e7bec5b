import type { LeveledLogger, LogLevel } from "./logger.ts";

/** Node's inspector has SIGUSR1. */
const SIGNAL = "SIGUSR2";

/** With each SIGUSR2 the logger goes from its configured level to `debug`, or back; where that is `debug` already, to `info`. */
export function switchLevelOnSignal(log: LeveledLogger, configured: LogLevel): void {
  const other = configured === "debug" ? "info" : "debug";
  process.on(SIGNAL, () => {
    const level = log.level === configured ? other : configured;
    // Said while the logger is at the more talkative of both.
    if (level !== "debug") log.warn({ newLevel: level }, "the log level changes by signal");
    log.level = level;
    if (level === "debug") log.warn({ newLevel: level }, "the log level changes by signal");
  });
}
