import type { Cluster } from "../../cluster/cluster.ts";
import { aPod } from "../main-path/test-pods.ts";
import type { Tally } from "./ask-steadily.ts";
import { WORKERS } from "./scene.ts";
import { type LoadedPod, underLoad } from "./steady-load.ts";

const ROLE = "crowd";
const SIZE = 20;
const REQUESTS_PER_SECOND = 50;

/** 20 pods on all workers that ask 50 times a second together. */
export class Crowd {
  readonly #cluster: Cluster;
  readonly #pods: readonly LoadedPod[];

  private constructor(cluster: Cluster, pods: readonly LoadedPod[]) {
    this.#cluster = cluster;
    this.#pods = pods;
  }

  static async gather(cluster: Cluster): Promise<Crowd> {
    const names = Array.from({ length: SIZE }, (_, index) => `crowd-${index}`);
    await cluster.apply(
      names.map((name, index) =>
        aPod({ name, role: ROLE, node: WORKERS[index % WORKERS.length] ?? "", labels: { crowd: "yes" } }),
      ),
    );
    await cluster.waitForPods({ namespace: "shop", selector: "crowd=yes", until: "ready", count: SIZE });
    return new Crowd(
      cluster,
      names.map((name) => ({ namespace: "shop", name, role: ROLE })),
    );
  }

  /** @returns what all of them got while something was done */
  async asks(doMeanwhile: () => Promise<unknown>): Promise<Tally> {
    return sumOf(await underLoad(this.#cluster, this.#pods, doMeanwhile, REQUESTS_PER_SECOND / SIZE));
  }

  async disperse(): Promise<void> {
    await this.#cluster.kubectl.run(["delete", "pods", "--namespace=shop", "--selector=crowd=yes", "--wait=false"]);
  }
}

function sumOf(tallies: readonly Tally[]): Tally {
  const counts: Record<string, number> = {};
  for (const tally of tallies)
    for (const [outcome, count] of Object.entries(tally.counts)) counts[outcome] = (counts[outcome] ?? 0) + count;
  return { counts, failingMs: Math.max(...tallies.map(({ failingMs }) => failingMs)) };
}
