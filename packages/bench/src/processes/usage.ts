import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface MemoryUse {
  /** Resident: also what is shared with other processes, such as the Node binary itself. */
  readonly rssMb: number;
  /** Resident and backed by no file: what the process itself made. */
  readonly anonMb: number;
}

/** 1 MB is 2^20 bytes here, as in Kubernetes' Mi. @throws Error when there is no such process */
export const memoryUse = (pid: number): MemoryUse => ({
  rssMb: statusMb(pid, "VmRSS"),
  anonMb: statusMb(pid, "RssAnon"),
});

/** The most that was ever resident. */
export const peakRssMb = (pid: number): number => statusMb(pid, "VmHWM");

function statusMb(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round((Number(line?.[1] ?? Number.NaN) / 1_024) * 10) / 10;
}

let ticksPerSecond: number | undefined;

/** Processor time of a process since its start, seconds, in user and kernel mode. */
export function cpuSeconds(pid: number): number {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the command's name, in parentheses, and may itself hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
