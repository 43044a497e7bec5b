import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { StartupError } from "@rolecall/common/errors/startup-error";

export interface ChildOptions {
  /** For messages. */
  readonly name: string;
  readonly nodeFlags?: readonly string[];
  readonly script: string;
  readonly args?: readonly string[];
  /** Over this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is one of ours, which speaks in messages; a process of the product does not. */
  readonly speaks?: boolean;
}

/** How much of what a process wrote is kept, to say why it ended. */
const KEPT_OUTPUT = 4_096;
const STOP_MS = 5_000;

/** A Node process that ends with this one's, and whose end before its time is an error. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  #output = "";
  #stopping = false;

  constructor({ name, nodeFlags = [], script, args = [], env = {}, speaks = false }: ChildOptions) {
    this.name = name;
    this.#process = spawn(process.execPath, [...nodeFlags, script, ...args], {
      stdio: speaks ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      serialization: "advanced",
    });
    const keep = (bytes: Buffer) => {
      this.#output = (this.#output + bytes.toString()).slice(-KEPT_OUTPUT);
    };
    this.#process.stdout?.on("data", keep);
    this.#process.stderr?.on("data", keep);
    const endWithUs = () => this.#process.kill("SIGKILL");
    process.once("exit", endWithUs);
    this.#process.once("exit", () => process.off("exit", endWithUs));
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.name} could not be started`);
    return this.#process.pid;
  }

  /** The next message of the child; rejects when it ends instead. */
  async message<T>(): Promise<T> {
    const message = once(this.#process, "message").then(([value]) => value as T);
    return this.orEnded(message);
  }

  async ask<T>(question: object): Promise<T> {
    const answer = this.message<T>();
    this.#process.send(question);
    return answer;
  }

  /** What `promise` brings, unless the child ends first. */
  async orEnded<T>(promise: Promise<T>): Promise<T> {
    const settled = new AbortController();
    const ended = this.#ended(settled.signal);
    try {
      return await Promise.race([promise, ended]);
    } finally {
      settled.abort();
    }
  }

  async #ended(settled: AbortSignal): Promise<never> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await once(this.#process, "exit", { signal: settled }).catch(() => {});
    }
    if (settled.aborted) return new Promise(() => {});
    const why = this.#stopping ? "was stopped" : `ended with ${this.#process.exitCode ?? this.#process.signalCode}`;
    throw new StartupError([`${this.name} ${why}; it last said:`, this.#output.trimEnd() || "nothing"]);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(kill);
  }
}
