import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ProcessId } from "./processes.ts";

export interface NodeState {
  readonly name: string;
  readonly ip: string;
  readonly podRange: string;
  /** The first process of the node's pid namespace: when it dies, the kernel ends every process of the node. */
  readonly init: ProcessId;
}

/** What must be known to end a cluster, also by a later process after a crash of the one that raised it. */
export interface ClusterState {
  readonly nodes: readonly NodeState[];
  /** The processes outside the nodes, by name. */
  readonly processes: Readonly<Record<string, ProcessId>>;
  /** Directories of the machine that only had to exist for a node to mount its own over them. */
  readonly mountPoints: readonly string[];
  /** Whether the machine's packet filter got a rule that lets the bridge's frames through. */
  readonly forwardRule: boolean;
}

const EMPTY: ClusterState = { nodes: [], processes: {}, mountPoints: [], forwardRule: false };

/** Where a cluster keeps its files. */
export class WorkDir {
  readonly path: string;
  readonly stateFile: string;
  readonly logs: string;
  readonly pki: string;
  /** Everything else of the control plane. */
  readonly control: string;
  readonly nodes: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.stateFile = join(this.path, "cluster.json");
    this.logs = join(this.path, "logs");
    this.pki = join(this.path, "pki");
    this.control = join(this.path, "control");
    this.nodes = join(this.path, "nodes");
  }

  /** @param user a subject of certificates.ts */
  kubeconfig(user: string): string {
    return join(this.control, `${user}.kubeconfig`);
  }

  node(name: string): string {
    return join(this.nodes, name);
  }

  nodeLogs(name: string): string {
    return join(this.logs, name);
  }
}

/** The state on disk, written before control returns to whoever changed it. */
export class StateFile {
  readonly #path: string;
  #state: ClusterState;

  private constructor(path: string, state: ClusterState) {
    this.#path = path;
    this.#state = state;
  }

  static create(workDir: WorkDir): StateFile {
    mkdirSync(workDir.path, { recursive: true });
    const file = new StateFile(workDir.stateFile, EMPTY);
    file.update({});
    return file;
  }

  /** Undefined when no cluster has left its state there. */
  static read(workDir: WorkDir): ClusterState | undefined {
    try {
      return JSON.parse(readFileSync(workDir.stateFile, "utf8"));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  get state(): ClusterState {
    return this.#state;
  }

  update(changes: Partial<ClusterState>): void {
    this.#state = { ...this.#state, ...changes };
    const draft = `${this.#path}.draft`;
    writeFileSync(draft, JSON.stringify(this.#state, null, 2));
    renameSync(draft, this.#path);
  }

  addNode(node: NodeState): void {
    this.update({ nodes: [...this.#state.nodes, node] });
  }

  addProcess(name: string, id: ProcessId): void {
    this.update({ processes: { ...this.#state.processes, [name]: id } });
  }
}
