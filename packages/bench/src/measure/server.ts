import { setTimeout } from "node:timers/promises";
import { ClusterProcess } from "../processes/cluster-process.ts";
import { startServerProcess } from "../processes/server-process.ts";
import { cpuSeconds, type MemoryUse, memoryUse, peakRssMb } from "../processes/usage.ts";
import type { Workbench } from "./workbench.ts";

export interface ServerResults extends MemoryUse {
  readonly pods: number;
  /** The most since its start, which is while it lists. */
  readonly peakRssMb: number;
  /** From the start of the process until it knows every pod; the sandbox's work is in it. */
  readonly syncMs: number;
  /** Processor time of the server until then, seconds. */
  readonly syncCpuSeconds: number;
  /** Share of one core at 50 changes of pods a second. */
  readonly cpuAt50EventsPerSecond: number;
}

const PODS_PER_NODE = 30;
const EVENTS_PER_SECOND = 50;

/** A server on clusters of growing size, all of whose pods carry a role. */
export async function measureServer(bench: Workbench): Promise<readonly ServerResults[]> {
  const sizes = bench.quick ? [1_000, 10_000] : [1_000, 10_000, 50_000, 100_000];
  const cluster = await ClusterProcess.start();
  const results: ServerResults[] = [];
  try {
    for (const pods of sizes) {
      bench.say(`server: ${pods} pods`);
      await cluster.populate(pods, Math.ceil(pods / PODS_PER_NODE));
      results.push(await measureSize(cluster, pods, bench));
    }
  } finally {
    await cluster.child.stop();
  }
  return results;
}

async function measureSize(cluster: ClusterProcess, pods: number, bench: Workbench): Promise<ServerResults> {
  const { child, readyAfterMs } = await startServerProcess(cluster, { dist: bench.dist, image: bench.images.server });
  try {
    const syncCpuSeconds = cpuSeconds(child.pid);
    await setTimeout(bench.quick ? 1_000 : 5_000);
    const memory = memoryUse(child.pid);
    const durationMs = bench.quick ? 3_000 : 8_000;
    const cpu = cpuSeconds(child.pid);
    await cluster.churn(EVENTS_PER_SECOND, durationMs);
    const busy = cpuSeconds(child.pid) - cpu;
    return {
      pods,
      ...memory,
      peakRssMb: peakRssMb(child.pid),
      syncMs: Math.round(readyAfterMs),
      syncCpuSeconds,
      cpuAt50EventsPerSecond: Number((busy / (durationMs / 1_000)).toFixed(3)),
    };
  } finally {
    await child.stop();
  }
}
