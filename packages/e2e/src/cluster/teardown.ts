import { rmdirSync, rmSync } from "node:fs";
import { eventually } from "../support/eventually.ts";
import { removeBridge, removeForwardRule } from "./bridge.ts";
import { removeCgroup } from "./cgroups.ts";
import { releaseLock } from "./cluster-lock.ts";
import { StateFile, type WorkDir } from "./cluster-state.ts";
import { sendSignal, untilEnded } from "./processes.ts";

const END_TIMEOUT_MS = 20_000;

export interface TeardownOptions {
  /** Leaves the logs, for a person to read after a failure. */
  readonly keepLogs?: boolean;
}

/** As endCluster, and leaves the machine to the next cluster. */
export async function teardown(workDir: WorkDir, options: TeardownOptions = {}): Promise<void> {
  await endCluster(workDir, options);
  releaseLock(workDir.path);
}

/**
 * Ends a cluster by what its state file remembers, and gives the machine back as it was. Also ends what a crashed
 * process left behind. Ends no process that the cluster did not start.
 */
export async function endCluster(workDir: WorkDir, { keepLogs = false }: TeardownOptions = {}): Promise<void> {
  const state = StateFile.read(workDir);
  if (state !== undefined) {
    // With a node's first process the kernel ends all of them, and with the last one go its mounts and network.
    const processes = [...state.nodes.map(({ init }) => init), ...Object.values(state.processes)];
    for (const id of processes) sendSignal(id, "SIGKILL");
    await untilEnded(processes, END_TIMEOUT_MS);
    await removeBridge();
    if (state.forwardRule) await removeForwardRule();
    for (const { name } of state.nodes) {
      await eventually({ what: `an end of the cgroups of ${name}`, timeoutMs: END_TIMEOUT_MS, everyMs: 50 }, () =>
        removeCgroup(name),
      );
    }
    // Deepest first; a directory that somebody else has come to use is not empty and stays.
    for (const dir of [...state.mountPoints].reverse()) tryRemoveEmpty(dir);
  }
  removeFiles(workDir, keepLogs);
}

/** Only what a cluster made: the directory may have been somebody's before. */
function removeFiles({ path, nodes, pki, control, logs, stateFile }: WorkDir, keepLogs: boolean): void {
  for (const made of [nodes, pki, control, ...(keepLogs ? [] : [logs]), stateFile]) {
    rmSync(made, { recursive: true, force: true });
  }
  tryRemoveEmpty(path);
}

function tryRemoveEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Not empty, or gone already.
  }
}
