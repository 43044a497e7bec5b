import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningServer, startServer } from "@rolecall/sandbox/system/processes";
import { type Sandbox, startSandbox } from "@rolecall/sandbox/system/sandbox";
import type { LoadClient } from "../load/load.ts";
import { type AgentProcess, startAgentProcess } from "../processes/agent-process.ts";
import { Child } from "../processes/child.ts";
import { freePort } from "../processes/free-port.ts";
import type { Contestant } from "./contest.ts";
import { createPods, credentialsDocument, credentialsRequest } from "./pods.ts";
import type { Workbench } from "./workbench.ts";

const NODE = "worker-1";
/** The agent serves 64 connections of one pod at a time; a node's load comes from many pods. */
const PODS = 4;

/** A sandbox with a server, a node with pods of one role, and a load generator. */
export class MetadataScene {
  readonly generator: Child;
  /** That of the agent that was started last. */
  keeper: Child | undefined;
  readonly #bench: Workbench;
  readonly #sandbox: Sandbox;
  readonly #server: RunningServer;
  readonly #pods: readonly string[];
  readonly #children: Child[] = [];

  private constructor(bench: Workbench, sandbox: Sandbox, server: RunningServer, pods: readonly string[]) {
    this.#bench = bench;
    this.#sandbox = sandbox;
    this.#server = server;
    this.#pods = pods;
    const script = fileURLToPath(new URL("../load/main.ts", import.meta.url));
    this.generator = this.#started(new Child({ name: "the load generator", script, speaks: true }));
  }

  static async open(bench: Workbench): Promise<MetadataScene> {
    const sandbox = await startSandbox();
    const server = await startServer(sandbox);
    return new MetadataScene(bench, sandbox, server, createPods(sandbox, NODE, PODS));
  }

  /** The agent as its image starts it, ready and with credentials for every pod. */
  async agent(): Promise<Contestant> {
    return this.#contestant(await this.#startAgent({}), false);
  }

  /** The agent with one thing changed, see `variant-agent/main.ts`. */
  async variant(name: "keep-alive" | "unrecorded"): Promise<Contestant> {
    const agent = await this.#startAgent({
      script: join(this.#bench.dist, "bench", "variant-agent.cjs"),
      env: { ROLECALL_BENCH_VARIANT: name },
    });
    return this.#contestant(agent, name === "keep-alive");
  }

  /** `node:http` that answers the same bytes to the same requests, with Node's own settings. */
  async bare({ port, clients }: Contestant): Promise<Contestant> {
    const body = await credentialsDocument(port, this.#pods[0] ?? "");
    const ownPort = await freePort();
    const script = join(this.#bench.dist, "bench", "bare.cjs");
    const child = this.#started(
      new Child({ name: "bare node:http", script, args: [String(ownPort), body], speaks: true }),
    );
    await child.message();
    return { child, port: ownPort, clients };
  }

  async close(): Promise<void> {
    for (const child of this.#children) await child.stop();
    await this.#server.stop();
    await this.#sandbox.stop();
  }

  async #startAgent(changed: { script?: string; env?: Record<string, string> }): Promise<AgentProcess> {
    const { dist, images } = this.#bench;
    const agent = await startAgentProcess({
      sandbox: this.#sandbox,
      nodeName: NODE,
      brokerPort: this.#server.brokerPort,
      dist,
      image: images.agent,
      keeper: images.keeper,
      ...changed,
    });
    this.#started(agent.child);
    this.keeper = this.#started(agent.keeper);
    return agent;
  }

  async #contestant({ child, metadataPort: port }: AgentProcess, keepAlive: boolean): Promise<Contestant> {
    const clients: LoadClient[] = [];
    for (const address of this.#pods) {
      await credentialsDocument(port, address);
      clients.push(await credentialsRequest(port, address, keepAlive));
    }
    return { child, port, clients };
  }

  #started(child: Child): Child {
    this.#children.push(child);
    return child;
  }
}
