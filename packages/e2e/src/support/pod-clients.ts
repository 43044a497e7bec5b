import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { NODE_KEY } from "@rolecall/sandbox/imds/instance";
import { ownProgram } from "../cluster/own-programs.ts";

/** `role` (the pod's own), `wrong-role`, `node-role`, `refused`, `timeout` or an HTTP status. */
export type Outcome = string;

/** The programs of many pods, played by one process of this machine (tools/pod-clients). */
export class PodClients {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #said = "";

  constructor() {
    this.#child = spawn(ownProgram("pod-clients"), [`-node-key=${NODE_KEY.accessKeyId}`], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    if (!this.#child.stdout) throw new Error("pod-clients has no output");
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @param pid of a process that holds the pod's network @param role what it is to have */
  async add(name: string, pid: number, role: string): Promise<void> {
    await this.#command(`add ${name} ${pid} ${role}`);
  }

  /** Each asks for its credentials once, all at the same time. */
  ask(names: readonly string[]): Promise<Readonly<Record<string, Outcome>>> {
    return this.#command(`ask ${names.join(" ")}`);
  }

  /** Every pod asks again and again, pausing so long, until `stop`. */
  async hammer(pauseMs: number): Promise<void> {
    await this.#command(`hammer ${pauseMs}`);
  }

  /** @returns how often each outcome came */
  stop(): Promise<Readonly<Record<Outcome, number>>> {
    return this.#command("stop");
  }

  /** Opens a connection that stays, and asks on it. */
  open(name: string): Promise<Outcome> {
    return this.#command(`open ${name}`);
  }

  /** Asks on the connection that was opened. */
  reuse(name: string): Promise<Outcome> {
    return this.#command(`reuse ${name}`);
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  async #command<T>(line: string): Promise<T> {
    this.#child.stdin?.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`pod-clients ended: ${this.#said}`);
    return JSON.parse(value) as T;
  }
}
