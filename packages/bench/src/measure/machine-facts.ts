import { availableParallelism, cpus, release, totalmem } from "node:os";
import { VERSION } from "@rolecall/common/version";

/** Without these a figure says nothing. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly rolecall: string;
  /** When the run began, ISO 8601. */
  readonly date: string;
}

export const machineFacts = (nowMs: number): MachineFacts => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: `${process.platform} ${release()} ${process.arch}`,
  node: process.version,
  rolecall: VERSION,
  date: new Date(nowMs).toISOString(),
});
