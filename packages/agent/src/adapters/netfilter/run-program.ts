import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { RuleError } from "../../application/ports/rule-tables.ts";
import { recogniseFailure } from "./recognise-failure.ts";

interface RunOptions {
  readonly input?: string;
  /** Receives each line of the output, which may be long. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program with arguments, never through a shell. */
export type RunProgram = (program: string, args: readonly string[], options?: RunOptions) => Promise<void>;

const TIMEOUT_MS = 5_000;
const MAX_STDERR = 2_048;

/** @throws RuleError with what the program said */
export const runProgram: RunProgram = (program, args, { input, onLine } = {}) =>
  new Promise((resolve, reject) => {
    const command = [program, ...args].join(" ");
    const child = spawn(program, args, {
      stdio: ["pipe", onLine ? "pipe" : "ignore", "pipe"],
      signal: AbortSignal.timeout(TIMEOUT_MS),
      killSignal: "SIGKILL",
      // The failures are recognised by their English words.
      env: { ...process.env, LC_ALL: "C" },
    });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, MAX_STDERR);
    });
    if (onLine && child.stdout) createInterface({ input: child.stdout }).on("line", onLine);
    // A program that ends before it has read its input says why on its own.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    child.on("error", (cause: NodeJS.ErrnoException) =>
      reject(
        cause.name === "AbortError"
          ? new RuleError("timed-out", `${command}: no end after ${TIMEOUT_MS} ms`)
          : new RuleError(cause.code === "ENOENT" ? "program-missing" : "unexplained", cause.message, { cause }),
      ),
    );
    child.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new RuleError(recogniseFailure(said), `${command}: exit status ${status}: ${oneLine(said)}`));
    });
  });

const oneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("Try `"))
    .join("; ");
