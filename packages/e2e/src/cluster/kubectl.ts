import { programPath } from "./programs.ts";
import { type Completed, type RunOptions, run, tryRun } from "./run.ts";

/** kubectl as the cluster's administrator. */
export class Kubectl {
  readonly #env: Readonly<Record<string, string>>;

  constructor(kubeconfigFile: string) {
    this.#env = { KUBECONFIG: kubeconfigFile };
  }

  /**
   * @returns standard output
   * @throws CommandFailed with what it wrote to standard error
   */
  run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return run(programPath("kubectl"), args, { ...options, env: { ...this.#env, ...options.env } });
  }

  /** Never rejects for an exit code. */
  tryRun(args: readonly string[], options: RunOptions = {}): Promise<Completed> {
    return tryRun(programPath("kubectl"), args, { ...options, env: { ...this.#env, ...options.env } });
  }

  /** Creates or changes objects. */
  async apply(objects: readonly object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.run(["apply", "--filename=-"], { input: JSON.stringify(list) });
  }

  /** One object, or a list, as the API has it. */
  async get<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(["get", "--output=json", ...args]));
  }
}
