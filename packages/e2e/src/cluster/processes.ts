import { readdirSync, readFileSync } from "node:fs";
import { eventually } from "../support/eventually.ts";

/** A process of this machine. A pid alone may have gone to somebody else; with the time of its start it cannot. */
export interface ProcessId {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, see proc(5). */
  readonly startTicks: number;
}

/** Undefined when no such process lives; a zombie does not. */
export function identify(pid: number): ProcessId | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  // The second field is the command's name, in parentheses, and may itself hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : { pid, startTicks: Number(fields[19]) };
}

export function isRunning(id: ProcessId): boolean {
  return identify(id.pid)?.startTicks === id.startTicks;
}

/** Does nothing when the process has ended. */
export function sendSignal(id: ProcessId, signal: NodeJS.Signals): void {
  if (!isRunning(id)) return;
  try {
    process.kill(id.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** @throws Error when one still runs after `timeoutMs` */
export async function untilEnded(ids: readonly ProcessId[], timeoutMs: number): Promise<void> {
  const left = () => ids.filter(isRunning).map(({ pid }) => pid);
  if (left().length === 0) return;
  await eventually({ what: `the end of processes ${left().join(", ")}`, timeoutMs, everyMs: 20 }, () => {
    return left().length === 0;
  });
}

export function childrenOf(pid: number): number[] {
  return (readProc(pid, `task/${pid}/children`) ?? "").split(" ").filter(Boolean).map(Number);
}

/**
 * The pid on this machine of a process that a node knows by another.
 *
 * @param init the first process of the node's pid namespace
 * @param nodePid the pid inside that namespace
 */
export function machinePid(init: number, nodePid: number): number | undefined {
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    // "NSpid: on the machine, on the node, in the container"
    const pids = /^NSpid:\s*(.*)$/m
      .exec(readProc(pid, "status") ?? "")?.[1]
      ?.split("\t")
      .map(Number);
    if (pids?.[1] === nodePid && descendsFrom(pid, init)) return pid;
  }
  return undefined;
}

function descendsFrom(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; ) {
    if (at === ancestor) return true;
    at = Number(/^PPid:\s*(\d+)/m.exec(readProc(at, "status") ?? "")?.[1] ?? 0);
  }
  return false;
}

/** Undefined when the process has ended, also between opening and reading. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
