import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a client made of one use. */
export interface Use {
  /** Who it was to the service it called. */
  readonly arn?: string;
  /** Until when it takes its credentials for good, seconds since 1970, where it tells. */
  readonly expiration?: number;
  readonly error?: string;
}

/** A small program around one AWS client, alive from its first use to its last. */
export class ClientProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #complaints = "";

  private constructor([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(program, args, { env });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints += text;
    });
    this.#child.on("error", ({ message }) => {
      this.#complaints += message;
    });
    // What is written to a program that has ended is missed by its answer.
    this.#child.stdin.on("error", () => {});
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** @param env all it knows */
  static async start(
    command: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ readonly program: ClientProgram; readonly version: string }> {
    const program = new ClientProgram(command, env);
    const { version } = (await program.#answer()) as { version: string };
    return { program, version };
  }

  /** Has the client do something that needs credentials. @param laterSeconds how much time it is to believe has passed */
  async use(laterSeconds: number): Promise<Use> {
    this.#child.stdin.write(`${laterSeconds}\n`);
    return this.#answer();
  }

  stop(): void {
    this.#child.kill();
  }

  async #answer(): Promise<object> {
    const { done, value } = await this.#lines.next();
    if (done) {
      await this.#closed;
      throw new Error(`the client's program ended: ${this.#complaints}`);
    }
    return JSON.parse(value) as object;
  }
}
