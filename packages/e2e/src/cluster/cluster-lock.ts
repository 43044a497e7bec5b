import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identify, isRunning, type ProcessId } from "./processes.ts";

/**
 * One cluster at a time has a machine's bridge and metadata address. Whoever makes this directory has them, until it is
 * removed; other programs that use the same addresses can keep to it with a bare `mkdir`.
 */
const LOCK_DIR = join(tmpdir(), "rolecall-cluster.lock");
const OWNER_FILE = join(LOCK_DIR, "owner.json");

interface Owner {
  readonly workDir: string;
  /** The process without which the cluster is a leftover; absent for a cluster that was raised by hand to stay. */
  readonly attendedBy?: ProcessId;
}

export type LockState =
  | { readonly kind: "taken" }
  /** The cluster at `workDir` outlived the process that raised it: it may be ended. */
  | { readonly kind: "leftover"; readonly workDir: string }
  | { readonly kind: "busy"; readonly holder: string };

/** @param stays whether the cluster is to outlive this process */
export function takeLock(workDir: string, stays: boolean): LockState {
  try {
    mkdirSync(LOCK_DIR);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return held();
  }
  const me = identify(process.pid);
  const owner: Owner = { workDir, ...(stays || me === undefined ? {} : { attendedBy: me }) };
  writeFileSync(OWNER_FILE, JSON.stringify(owner));
  return { kind: "taken" };
}

/** The work directory of the cluster that holds the lock, if this program raised one. */
export function lockedWorkDir(): string | undefined {
  return readOwner()?.workDir;
}

/** Does nothing when the lock belongs to a cluster in another directory. */
export function releaseLock(workDir: string): void {
  if (readOwner()?.workDir === workDir) rmSync(LOCK_DIR, { recursive: true });
}

function held(): LockState {
  const owner = readOwner();
  if (owner === undefined) return { kind: "busy", holder: `whoever made ${LOCK_DIR} (remove it if that is nobody)` };
  const { workDir, attendedBy } = owner;
  if (attendedBy === undefined)
    return { kind: "busy", holder: `the cluster in ${workDir}, raised to stay until \`down\`` };
  if (isRunning(attendedBy)) return { kind: "busy", holder: `the cluster in ${workDir}, of process ${attendedBy.pid}` };
  return { kind: "leftover", workDir };
}

function readOwner(): Owner | undefined {
  try {
    // Others may write to /tmp too, and what stands here decides which files and processes are removed.
    if (statSync(LOCK_DIR).uid !== process.getuid?.()) return undefined;
    return JSON.parse(readFileSync(OWNER_FILE, "utf8"));
  } catch {
    return undefined;
  }
}
