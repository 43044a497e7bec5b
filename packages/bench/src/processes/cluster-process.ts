import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClusterOrder, ClusterReady, CreatedPod, PodOrder } from "../cluster/orders.ts";
import { Child } from "./child.ts";

/** The process of `cluster/main.ts`. */
export class ClusterProcess {
  readonly child: Child;
  readonly stsUrl: string;
  readonly #directory: string;

  private constructor(child: Child, { directory, stsUrl }: ClusterReady) {
    this.child = child;
    this.#directory = directory;
    this.stsUrl = stsUrl;
  }

  static async start(): Promise<ClusterProcess> {
    const script = fileURLToPath(new URL("../cluster/main.ts", import.meta.url));
    const nodeFlags = ["--max-old-space-size=8192"];
    const child = new Child({ name: "the sandbox", nodeFlags, script, speaks: true });
    return new ClusterProcess(child, await child.message<ClusterReady>());
  }

  file(name: string): string {
    return join(this.#directory, name);
  }

  populate(pods: number, nodes: number): Promise<void> {
    return this.#order({ order: "populate", pods, nodes });
  }

  /** @returns how many pods were changed */
  churn(perSecond: number, durationMs: number): Promise<number> {
    return this.#order({ order: "churn", perSecond, durationMs });
  }

  tokens(nodes: readonly string[]): Promise<readonly string[]> {
    return this.#order({ order: "tokens", nodes });
  }

  create(pods: readonly PodOrder[]): Promise<readonly CreatedPod[]> {
    return this.#order({ order: "create", pods });
  }

  delete(names: readonly string[]): Promise<void> {
    return this.#order({ order: "delete", names });
  }

  async #order<T>(order: ClusterOrder): Promise<T> {
    return (await this.child.ask<{ answer: T }>(order)).answer;
  }
}
