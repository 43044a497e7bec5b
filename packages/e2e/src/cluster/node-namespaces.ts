import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../support/eventually.ts";
import type { WorkDir } from "./cluster-state.ts";
import { launch, logTail } from "./launch.ts";
import { GATEWAY } from "./network-plan.ts";
import { OWN_DIRECTORIES } from "./node-config.ts";
import { childrenOf, identify, type ProcessId } from "./processes.ts";
import { run } from "./run.ts";

/** A process 1 that reaps orphans, which bash does, and that lives until it is killed. */
const INIT = ["bash", "-c", "while :; do sleep infinity & wait; done"];

/**
 * The arguments of nsenter that put a command on a node, which is a set of namespaces: network, mounts, host name and
 * pids. Not `ip netns exec`: that mounts a /sys without the cgroups.
 */
export function onNode(init: ProcessId, command: readonly string[]): string[] {
  return ["--target", String(init.pid), "--net", "--mount", "--uts", "--pid", "--", ...command];
}

/** Starts a node's namespaces and the process that holds them. */
export async function startNamespaces(workDir: WorkDir, name: string): Promise<ProcessId> {
  const logFile = join(workDir.nodeLogs(name), "init.log");
  const holder = await launch(
    "unshare",
    [
      ...["--net", "--mount", "--propagation=private", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...INIT,
    ],
    { logFile },
  );
  return eventually({ what: `the namespaces of ${name}${logTail(logFile)}`, timeoutMs: 10_000, everyMs: 10 }, () => {
    const [pid] = childrenOf(holder.id.pid);
    return pid === undefined ? undefined : identify(pid);
  });
}

/**
 * Makes the places over which nodes mount their own directories, where the machine has none.
 *
 * @returns those that had to be made, each after its parent
 */
export function makeMountPoints(): string[] {
  const made: string[] = [];
  const make = (dir: string) => {
    if (existsSync(dir)) return;
    make(dirname(dir));
    mkdirSync(dir);
    made.push(dir);
  };
  for (const dir of OWN_DIRECTORIES) make(dir);
  return made;
}

/** The path on the machine of what the node sees at `path`, one of OWN_DIRECTORIES or below. */
export function ownPath(workDir: WorkDir, name: string, path: string): string {
  const pods = "/var/log/pods";
  return path.startsWith(pods)
    ? join(workDir.nodeLogs(name), "pods", path.slice(pods.length))
    : join(workDir.node(name), "root", path);
}

/** Gives the node a host name, its own directories and a resolver. */
export async function furnish(workDir: WorkDir, name: string, init: ProcessId): Promise<void> {
  const inNode = (...command: string[]) => run("nsenter", onNode(init, command));
  await inNode("hostname", name);
  // Private towards the machine, but shared within the node, so that volumes with mount propagation work.
  await inNode("mount", "--make-rshared", "/");
  for (const dir of OWN_DIRECTORIES) {
    const own = ownPath(workDir, name, dir);
    mkdirSync(own, { recursive: true });
    await inNode("mount", "--bind", own, dir);
  }
  const resolver = resolvConf(workDir, name);
  writeFileSync(resolver, `nameserver ${GATEWAY}\n`);
  if (existsSync("/etc/resolv.conf")) await inNode("mount", "--bind", resolver, realpathSync("/etc/resolv.conf"));
}

/** The node's own resolver file, which pods with `dnsPolicy: Default` inherit. */
export const resolvConf = (workDir: WorkDir, name: string) => join(workDir.node(name), "resolv.conf");
