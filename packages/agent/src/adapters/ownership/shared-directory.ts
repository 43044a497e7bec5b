import { chmodSync, mkdirSync, rmSync } from "node:fs";

/**
 * Makes a directory that this process's group may write in and nobody else may look into: root, without the right to give
 * files away, shares a group with the agent.
 */
export function makeSharedDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true });
  // The mode of mkdir is cut by the umask.
  chmodSync(directory, 0o770);
}

/** Takes a directory away with all that is in it, where there is one. */
export const removeDirectory = (directory: string): void => rmSync(directory, { recursive: true, force: true });
