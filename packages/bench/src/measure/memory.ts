import { setTimeout } from "node:timers/promises";
import { type MemoryUse, memoryUse } from "../processes/usage.ts";
import { type Contestant, measureRound } from "./contest.ts";
import { MetadataScene } from "./metadata-scene.ts";
import type { Workbench } from "./workbench.ts";

export interface MemoryPhases {
  /** Ready, with credentials for its pods. */
  readonly before: MemoryUse;
  /** The most that was seen under load. */
  readonly during: MemoryUse;
  /** Some seconds after the load. */
  readonly after: MemoryUse;
}

export interface MemoryResults extends MemoryUse, MemoryPhases {
  readonly requests: number;
  readonly bare: MemoryPhases;
  /** The other process of an agent's pod, which has no part in requests. */
  readonly keeper: MemoryUse;
}

/** The agent gives memory back when it has been at rest for ten to twelve seconds. */
const SETTLE_MS = 13_000;
const SAMPLE_MS = 100;

/** Memory of a fresh agent, and of `node:http`, around a flood over 64 connections. */
export async function measureMemory(bench: Workbench): Promise<MemoryResults> {
  const scene = await MetadataScene.open(bench);
  try {
    const agent = await scene.agent();
    bench.say("memory: the agent under a flood");
    const { requests, ...ours } = await flood(scene, agent, bench, SETTLE_MS);
    const keeper = memoryUse(scene.keeper?.pid ?? Number.NaN);
    bench.say("memory: bare node:http under a flood");
    const { requests: _, ...bare } = await flood(
      scene,
      await scene.bare(agent),
      bench,
      bench.quick ? 1_000 : SETTLE_MS,
    );
    return { ...ours.after, ...ours, requests, bare, keeper };
  } finally {
    await scene.close();
  }
}

async function flood({ generator }: MetadataScene, contestant: Contestant, { quick }: Workbench, settleMs: number) {
  const { pid } = contestant.child;
  await setTimeout(quick ? 1_000 : SETTLE_MS);
  const before = memoryUse(pid);
  let during = before;
  const sampling = setInterval(() => {
    const now = memoryUse(pid);
    during = { rssMb: Math.max(during.rssMb, now.rssMb), anonMb: Math.max(during.anonMb, now.anonMb) };
  }, SAMPLE_MS);
  const { requests } = await measureRound(generator, contestant, {
    connections: 64,
    keepAlive: false,
    roundMs: quick ? 3_000 : 12_000,
  });
  clearInterval(sampling);
  await setTimeout(settleMs);
  return { requests, before, during, after: memoryUse(pid) } satisfies MemoryPhases & { requests: number };
}
