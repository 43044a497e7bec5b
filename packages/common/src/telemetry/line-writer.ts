import { pino } from "pino";
import { errorMessage } from "../errors/error-message.ts";
import { StartupError } from "../errors/startup-error.ts";

/**
 * Opens a file to append lines to, or standard output.
 *
 * @param target a path, or `stdout`
 * @param flag names the setting in the error
 * @param onError hears of each write that failed
 * @returns writes one line, at once
 * @throws StartupError where the file cannot be opened
 */
export function lineWriter(target: string, flag: string, onError: (error: unknown) => void): (line: string) => void {
  try {
    const stream = pino.destination({ dest: target === "stdout" ? 1 : target, append: true, sync: true });
    stream.on("error", onError);
    return (line) => void stream.write(`${line}\n`);
  } catch (error) {
    throw new StartupError([`${flag} ${target}: cannot be written: ${errorMessage(error)}`]);
  }
}
