import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import type { NodeState, WorkDir } from "./cluster-state.ts";
import { type Ending, launch, logTail } from "./launch.ts";
import { CONTAINERD_SOCKET } from "./node-config.ts";
import { onNode, ownPath } from "./node-namespaces.ts";
import { childrenOf, identify, isRunning, type ProcessId, sendSignal, untilEnded } from "./processes.ts";
import { CommandFailed, type Completed, type RunOptions, run, tryRun } from "./run.ts";

/** What `timeout` leaves with when it had to end the command. */
const TIMED_OUT = [124, 137];

export interface NodeProcess {
  /** On the machine, not on the node. */
  readonly pid: number;
  readonly logFile: string;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and, after 10 s, SIGKILL; resolves when the process has ended. */
  stop(): Promise<void>;
}

export interface SpawnOptions {
  /** Names the log file, so it must be another one for each process of the node. */
  readonly name: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** One node of the cluster: namespaces with a containerd, a kubelet and a kube-proxy in them. */
export class ClusterNode {
  readonly name: string;
  readonly ip: string;
  readonly podRange: string;
  /** The node's first process. When it is killed, the node dies at once, as a machine does without power. */
  readonly init: ProcessId;
  readonly logsDir: string;
  /** Where the node's containerd listens, as a path of the machine. */
  readonly containerdSocket: string;
  readonly #workDir: WorkDir;

  constructor(workDir: WorkDir, { name, ip, podRange, init }: NodeState) {
    this.name = name;
    this.ip = ip;
    this.podRange = podRange;
    this.init = init;
    this.logsDir = workDir.nodeLogs(name);
    this.containerdSocket = ownPath(workDir, name, CONTAINERD_SOCKET);
    this.#workDir = workDir;
  }

  /** The path on the machine of a file in one of the directories that the node has for itself, such as /var/lib/cni. */
  ownPath(path: string): string {
    return ownPath(this.#workDir, this.name, path);
  }

  /**
   * Runs a command on the node: its network, its pids, its host name, and the machine's files but for the node's own
   * directories. Never rejects for an exit code.
   *
   * @throws CommandFailed when it does not end in time
   */
  async tryExec(command: readonly string[], options: RunOptions = {}): Promise<Completed> {
    const { cwd, timeoutMs = 60_000, ...rest } = options;
    // A limit on nsenter would leave the command running.
    const limited = ["timeout", "--kill-after=1", `${timeoutMs / 1_000}`, ...inDirectory(cwd, command)];
    const completed = await tryRun("nsenter", onNode(this.init, limited), { ...rest, timeoutMs: timeoutMs + 10_000 });
    if (TIMED_OUT.includes(completed.exitCode)) {
      throw new CommandFailed(
        `${command.join(" ")}: not ended in ${timeoutMs} ms on ${this.name}\n${completed.stderr}`,
      );
    }
    return completed;
  }

  /**
   * As tryExec, for a command that must succeed.
   *
   * @returns its standard output
   * @throws CommandFailed with what it wrote to standard error
   */
  async exec(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.tryExec(command, options);
    if (exitCode !== 0)
      throw new CommandFailed(`${command.join(" ")}: exit code ${exitCode} on ${this.name}\n${stderr}`);
    return stdout;
  }

  /**
   * Starts a process on the node that runs until it is stopped, at the latest when the cluster ends. It outlives this
   * process.
   *
   * @throws Error with the end of its log when it ends at once
   */
  async spawn(command: readonly string[], { name, env = {}, cwd }: SpawnOptions): Promise<NodeProcess> {
    const logFile = join(this.logsDir, `${name}.log`);
    // nsenter waits outside the node's pid namespace for its one child, which is the command.
    const nsenter = await launch("nsenter", onNode(this.init, inDirectory(cwd, command)), { logFile, env });
    const started = await eventually({ what: `${name} on ${this.name}`, timeoutMs: 10_000, everyMs: 5 }, () => {
      const [pid] = childrenOf(nsenter.id.pid);
      const id = pid === undefined ? undefined : identify(pid);
      return id ?? (isRunning(nsenter.id) ? undefined : "ended");
    });
    if (started === "ended") throw new Error(`${name} ended at once on ${this.name}${logTail(logFile)}`);
    return {
      pid: started.pid,
      logFile,
      ended: nsenter.ended,
      isRunning: () => isRunning(started),
      signal: (signal) => sendSignal(started, signal),
      stop: () => stop(started),
    };
  }

  /** Makes the images of an archive (OCI or Docker) known to the node, which pulls none. */
  async importImage(archive: string): Promise<void> {
    await run("ctr", ["--address", this.containerdSocket, "--namespace", "k8s.io", "images", "import", archive], {
      timeoutMs: 180_000,
    });
  }
}

function inDirectory(cwd: string | undefined, command: readonly string[]): readonly string[] {
  return cwd === undefined ? command : ["env", "--chdir", cwd, ...command];
}

async function stop(id: ProcessId): Promise<void> {
  sendSignal(id, "SIGTERM");
  try {
    await untilEnded([id], 10_000);
  } catch {
    sendSignal(id, "SIGKILL");
    await untilEnded([id], 10_000);
  }
}
