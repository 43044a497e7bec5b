import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { identify, type ProcessId } from "./processes.ts";

export interface LaunchOptions {
  /** Standard output and standard error are added to this file. */
  readonly logFile: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly id: ProcessId;
  readonly logFile: string;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
}

/**
 * Starts a process that outlives this one.
 *
 * @throws Error when it cannot be started
 */
export async function launch(command: string, args: readonly string[], options: LaunchOptions): Promise<Launched> {
  const { logFile, env, cwd } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a");
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  closeSync(log);
  const ended = new Promise<Ending>((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`${command} cannot be started`, { cause: error })));
  });
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id === undefined) throw new Error(`${command} ended at once${logTail(logFile)}`);
  return { id, logFile, ended };
}

/** The end of a log, to stand in an error message. */
export function logTail(logFile: string, lines = 15): string {
  try {
    return `\n${logFile}:\n${readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n")}`;
  } catch {
    return "";
  }
}
