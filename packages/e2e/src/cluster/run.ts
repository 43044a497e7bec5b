import { execFile } from "node:child_process";

export interface RunOptions {
  /** Written to the command's standard input. */
  readonly input?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The command is ended after this; 60 s when absent. */
  readonly timeoutMs?: number;
}

export interface Completed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A command that could not be started, was ended by its time-out, or answered with another exit code than 0. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/**
 * Runs a command to its end, whatever its exit code.
 *
 * @throws CommandFailed when it cannot be started or does not end in time
 */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<Completed> {
  const { input = "", env, cwd, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const line = commandLine(command, args);
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        env: { ...process.env, ...env },
        ...(cwd === undefined ? {} : { cwd }),
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ exitCode: error.code, stdout, stderr });
        else reject(new CommandFailed(`${line}: ${error.killed ? "ended" : error.message}${tail(stderr)}`));
      },
    );
    // A command may end without having read its input.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/**
 * Runs a command that must succeed.
 *
 * @returns its standard output
 * @throws CommandFailed with what it wrote to standard error
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await tryRun(command, args, options);
  if (exitCode !== 0) throw new CommandFailed(`${commandLine(command, args)}: exit code ${exitCode}${tail(stderr)}`);
  return stdout;
}

function commandLine(command: string, args: readonly string[]): string {
  const line = [command, ...args].join(" ");
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function tail(stderr: string): string {
  const lines = stderr.trim().split("\n").slice(-15).join("\n");
  return lines === "" ? "" : `\n${lines}`;
}
