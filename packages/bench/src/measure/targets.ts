import type { Results } from "./results.ts";

/** A figure to reach, and what was measured. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

const LEVELS = ["c1", "c16", "c64"] as const;

/** Which figures of the design the run reached; only of what was measured. */
export function targets({ metadata, telemetry, memory, feed, server }: Results): readonly Target[] {
  const found: Target[] = [];
  const atLeast = (what: string, value: number, limit: number, unit = "") =>
    found.push({ what, wanted: `≥ ${limit}${unit}`, measured: `${value}${unit}`, met: value >= limit });
  const atMost = (what: string, value: number, limit: number, unit = "") =>
    found.push({ what, wanted: `≤ ${limit}${unit}`, measured: `${value}${unit}`, met: value <= limit });

  if (metadata) {
    for (const level of LEVELS) {
      const connections = `${level.slice(1)} connection${level === "c1" ? "" : "s"}`;
      atLeast(`requests/s over ${connections}, part of bare node:http`, metadata.ratio[level].rps, 0.8);
      atMost(`p99 over ${connections}, times that of bare node:http`, metadata.ratio[level].p99, 1.5);
    }
  }
  if (telemetry) atMost("metrics and logs, share of a request", telemetry.costShare, 0.05);
  if (memory) {
    atMost("agent after the flood, RSS", memory.rssMb, 75, " MB");
    atMost("agent after the flood, anonymous", memory.anonMb, 30, " MB");
    atMost("keeper, anonymous", memory.keeper.anonMb, 15, " MB");
  }
  const largest = feed?.at(-1);
  if (largest) atMost(`event to view, ${largest.agents} agents, p99`, largest.steady.p99Ms, 100, " ms");
  for (const { pods, rssMb } of server ?? []) {
    if (pods === 10_000) atMost("server at 10,000 pods, RSS", rssMb, 150, " MB");
    if (pods === 100_000) atMost("server at 100,000 pods, RSS", rssMb, 600, " MB");
  }
  return found;
}
