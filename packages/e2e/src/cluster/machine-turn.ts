import { setTimeout as delay } from "node:timers/promises";
import { interfaceInTheWay, removeBridge } from "./bridge.ts";
import { releaseLock, takeLock } from "./cluster-lock.ts";
import { WorkDir } from "./cluster-state.ts";
import type { Progress } from "./progress.ts";
import { endCluster, teardown } from "./teardown.ts";

const POLL_MS = 2_000;

export interface TurnOptions {
  /** Whether the cluster is to outlive this process. */
  readonly stays: boolean;
  /** How long to wait for another cluster to end. */
  readonly waitMs: number;
}

/**
 * Takes the machine for one cluster: ends what a crashed run left behind, and waits while another cluster is up.
 *
 * @throws Error that names who has the machine, when it is not free in time
 */
export async function takeTurn(workDir: WorkDir, options: TurnOptions, progress: Progress): Promise<void> {
  const deadline = performance.now() + options.waitMs;
  let said = "";
  const wait = async (holder: string) => {
    if (performance.now() >= deadline) throw new Error(`this machine has room for one cluster, and ${holder} has it`);
    if (said !== holder) progress.say(`waiting for ${holder}`);
    said = holder;
    await delay(POLL_MS);
  };

  for (;;) {
    const lock = takeLock(workDir.path, options.stays);
    if (lock.kind === "taken") break;
    if (lock.kind === "busy") await wait(lock.holder);
    else await progress.step("ended what a crashed run left", () => teardown(new WorkDir(lock.workDir)));
  }
  try {
    // Somebody who does not know the lock.
    for (let other = await interfaceInTheWay(); other !== undefined; other = await interfaceInTheWay()) {
      await wait(`interface ${other} with an address that the cluster needs`);
    }
    // The lock was lost but not what it stood for, such as when /tmp was cleaned.
    await endCluster(workDir);
    await removeBridge();
  } catch (error) {
    releaseLock(workDir.path);
    throw error;
  }
}
