import { fileURLToPath } from "node:url";
import type { FleetOrder, ReadyTimes } from "../fleet/orders.ts";
import { Child } from "./child.ts";
import type { ClusterProcess } from "./cluster-process.ts";

/** The process of `fleet/main.ts`. */
export class FleetProcess {
  readonly child = new Child({
    name: "the fleet of agents",
    script: fileURLToPath(new URL("../fleet/main.ts", import.meta.url)),
    speaks: true,
  });

  /** Adds an agent for each node. @returns when all have their snapshots */
  async connect(cluster: ClusterProcess, brokerPort: number, names: readonly string[]): Promise<void> {
    const tokens = await cluster.tokens(names);
    const nodes = names.map((name, index) => ({ name, token: tokens[index] ?? "" }));
    const tls = {
      certificateFile: cluster.file("agent.crt"),
      keyFile: cluster.file("agent.key"),
      caFile: cluster.file("ca.crt"),
    };
    await this.#order({ order: "connect", brokerPort, tls, nodes });
  }

  /** When the views had credentials for these pods. */
  ready(uids: readonly string[]): Promise<ReadyTimes> {
    return this.#order({ order: "ready", uids });
  }

  async #order<T>(order: FleetOrder): Promise<T> {
    return (await this.child.ask<{ answer: T }>(order)).answer;
  }
}
