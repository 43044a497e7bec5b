import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Tells this run's unfinished files from those of other processes, which may have the same process ID. */
const RUN = randomUUID();

/**
 * Replaces a file in one step, so that no reader ever finds half of it. In a directory that a process with fewer rights may
 * write to as well: what it put in the way, such as a link to another file, is neither followed nor written to.
 *
 * @throws Error of node:fs
 */
export function replaceFile(path: string, content: string): void {
  const unfinished = `${path}.${RUN}.tmp`;
  try {
    writeFileSync(unfinished, content, { mode: 0o640, flag: "wx" });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
