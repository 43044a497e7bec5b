import { afterEach, expect, test } from "@jest/globals";
import { switchLevelOnSignal } from "./level-signal.ts";
import { createLogger, type LogLevel } from "./logger.ts";

afterEach(() => {
  process.removeAllListeners("SIGUSR2");
});

/** A logger that has been told to heed the signal, and the levels of the lines it wrote. */
function aLogger(level: LogLevel) {
  const lines: { level: string; newLevel?: string }[] = [];
  const log = createLogger("server", level, (line) => lines.push(JSON.parse(line)));
  switchLevelOnSignal(log, level);
  return { log, lines };
}

test.each([
  ["info", "debug"],
  ["error", "debug"],
  ["debug", "info"],
] as const)(
  "a process that logs from %s on logs from %s on after the signal, and as before after the next",
  (configured, other) => {
    const { log, lines } = aLogger(configured);
    process.emit("SIGUSR2");
    expect(log.level).toBe(other);
    process.emit("SIGUSR2");
    expect(log.level).toBe(configured);
    expect(lines.map(({ newLevel }) => newLevel)).toEqual([other, configured]);
  },
);

test("what is written meanwhile is what the new level lets through", () => {
  const { log, lines } = aLogger("warn");
  log.debug("before");
  process.emit("SIGUSR2");
  log.debug("meanwhile");
  process.emit("SIGUSR2");
  log.debug("after");
  expect(lines.filter(({ level }) => level === "debug")).toHaveLength(1);
});
