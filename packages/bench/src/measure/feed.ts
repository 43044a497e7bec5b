import { setTimeout } from "node:timers/promises";
import type { CreatedPod } from "../cluster/orders.ts";
import { percentile } from "../load/latency.ts";
import { ClusterProcess } from "../processes/cluster-process.ts";
import { FleetProcess } from "../processes/fleet-process.ts";
import { startServerProcess } from "../processes/server-process.ts";
import type { Workbench } from "./workbench.ts";

interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly events: number;
}

export interface FeedResults {
  readonly agents: number;
  /** Pods that come one after the other, 50 a second, each on some node. */
  readonly steady: Delays;
  /** A pod on every node in the same moment. */
  readonly burst: Delays;
}

const GAP_MS = 20;
const ROLES = 10;

/** From a pod's event at the Kubernetes API until its credentials stand in the view of its node's agent. */
export async function measureFeed(bench: Workbench): Promise<readonly FeedResults[]> {
  const sizes = bench.quick ? [1, 20] : [1, 10, 50, 200];
  const cluster = await ClusterProcess.start();
  const server = await startServerProcess(cluster, { dist: bench.dist, image: bench.images.server });
  const fleet = new FleetProcess();
  const feed = new Feed(cluster, fleet);
  try {
    const results: FeedResults[] = [];
    for (const agents of sizes) {
      bench.say(`feed: ${agents} agents`);
      await server.child.orEnded(feed.grow(agents, server.brokerPort));
      const steady = await feed.steady(bench.quick ? 50 : 250);
      results.push({ agents, steady, burst: await feed.burst(bench.quick ? 2 : Math.max(3, Math.ceil(50 / agents))) });
    }
    return results;
  } finally {
    await fleet.child.stop();
    await server.child.stop();
    await cluster.child.stop();
  }
}

class Feed {
  readonly #cluster: ClusterProcess;
  readonly #fleet: FleetProcess;
  readonly #nodes: string[] = [];
  #pods = 0;

  constructor(cluster: ClusterProcess, fleet: FleetProcess) {
    this.#cluster = cluster;
    this.#fleet = fleet;
  }

  /** Adds agents until there are so many, and has every role's credentials on each node, as on one that has run a while. */
  async grow(agents: number, brokerPort: number): Promise<void> {
    const names = Array.from(
      { length: agents - this.#nodes.length },
      (_, index) => `node-${this.#nodes.length + index}`,
    );
    await this.#fleet.connect(this.#cluster, brokerPort, names);
    this.#nodes.push(...names);
    const orders = names.flatMap((node) => Array.from({ length: ROLES }, (_, role) => this.#order(node, role)));
    await this.#delays(await this.#cluster.create(orders));
  }

  async steady(events: number): Promise<Delays> {
    const created: CreatedPod[] = [];
    for (let event = 0; event < events; event += 1) {
      const node = this.#nodes[(event * 7_919) % this.#nodes.length] ?? "";
      created.push(...(await this.#cluster.create([this.#order(node, event % ROLES)])));
      await setTimeout(GAP_MS);
    }
    return summary(await this.#delays(created));
  }

  async burst(rounds: number): Promise<Delays> {
    const delays: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const created = await this.#cluster.create(this.#nodes.map((node) => this.#order(node, round % ROLES)));
      delays.push(...(await this.#delays(created)));
    }
    return summary(delays);
  }

  #order(node: string, role: number) {
    this.#pods += 1;
    return { name: `pod-${this.#pods}`, node, role: `role-${role}` };
  }

  async #delays(created: readonly CreatedPod[]): Promise<readonly number[]> {
    const times = await this.#fleet.ready(created.map(({ uid }) => uid));
    return created.map(({ atMs }, index) => (times[index] ?? Number.NaN) - atMs);
  }
}

function summary(delays: readonly number[]): Delays {
  const sorted = Float64Array.from(delays).sort();
  const figure = (share: number) => Number(percentile(sorted, share).toFixed(2));
  return { p50Ms: figure(0.5), p99Ms: figure(0.99), events: sorted.length };
}
