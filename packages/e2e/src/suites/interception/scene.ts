import { strict as assert } from "node:assert";
import { INSTANCE } from "@rolecall/sandbox/imds/instance";
import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeProcess } from "../../cluster/cluster-node.ts";
import { eventually } from "../../support/eventually.ts";
import type { Outcome, PodClients } from "../../support/pod-clients.ts";
import type { Report } from "../../support/report.ts";
import type { Cloud } from "../main-path/cloud.ts";
import type { Processes } from "../main-path/processes.ts";
import type { NodeRules } from "./node-rules.ts";

export const NODE = "worker-1";
export const NEIGHBOUR = "worker-2";
export const WORKERS: readonly string[] = [NODE, NEIGHBOUR];
/** Each is the state of one pod of the node. */
export const CREDENTIAL_STATES = ["valid", "expired", "none"] as const;
export type CredentialState = (typeof CREDENTIAL_STATES)[number];
export const roleArn = (role: string) => `arn:aws:iam::${INSTANCE.accountId}:role/${role}`;

/** A process that comes and goes. */
export class Restarted {
  readonly #begin: () => Promise<NodeProcess>;
  #current: NodeProcess | undefined;

  constructor(begin: () => Promise<NodeProcess>) {
    this.#begin = begin;
  }

  isRunning(): boolean {
    return this.#current?.isRunning() ?? false;
  }

  async start(): Promise<NodeProcess> {
    if (!this.#current?.isRunning()) this.#current = await this.#begin();
    return this.#current;
  }

  kill(): void {
    this.#current?.signal("SIGKILL");
    this.#current = undefined;
  }

  async stop(): Promise<void> {
    await this.#current?.stop();
    this.#current = undefined;
  }
}

export interface SceneParts {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly processes: Processes;
  readonly clients: PodClients;
  /** Of the node that the table is of. */
  readonly rules: NodeRules;
  readonly servers: Restarted;
  /** The agent of that node. */
  readonly agents: Restarted;
  /** The agent of the other node. */
  readonly neighbours: Restarted;
}

/** What every case works with. */
export class Scene {
  readonly parts: SceneParts;

  constructor(parts: SceneParts) {
    this.parts = parts;
  }

  /** The pods of the truth table, by the state of their credentials. */
  readonly askAll = (): Promise<Readonly<Record<string, Outcome>>> => this.parts.clients.ask(CREDENTIAL_STATES);

  readonly isReady = async (): Promise<boolean> => (await this.parts.processes.admin(NODE, "/readyz")).status === 200;

  readonly untilReady = async (): Promise<void> => {
    await eventually({ what: "the agent ready" }, async () => {
      const { status, body } = await this.parts.processes.admin(NODE, "/readyz");
      assert.equal(status, 200, body);
      return true;
    });
  };

  /** Until the agent follows a server again. */
  readonly untilFed = async (): Promise<void> => {
    if (!this.parts.agents.isRunning()) return;
    await eventually({ what: "a node feed" }, async () => (await this.metric('feed_state{state="live"}')) === 1);
  };

  /** A sample of the agent's metrics; undefined where there is none. */
  async metric(name: string): Promise<number | undefined> {
    const { body } = await this.parts.processes.admin(NODE, "/metrics");
    const line = body.split("\n").find((each) => each.startsWith(`rolecall_agent_${name} `));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  }
}
