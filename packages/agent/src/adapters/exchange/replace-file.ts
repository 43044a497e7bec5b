import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Replaces a file in one step, so that no reader ever finds half of it.
 *
 * @throws Error of node:fs
 */
export function replaceFile(path: string, content: string): void {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, content, { mode: 0o640 });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
