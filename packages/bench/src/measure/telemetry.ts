import { contest, type Figures, measureRound } from "./contest.ts";
import { MetadataScene } from "./metadata-scene.ts";
import type { Workbench } from "./workbench.ts";

export interface TelemetryResults {
  readonly recorded: Figures;
  readonly unrecorded: Figures;
  /** The part of a request's processor time that metrics and logs take. */
  readonly costShare: number;
}

/** What it costs that the agent counts and times each request: the same bundle with and without. */
export async function measureTelemetry(bench: Workbench): Promise<TelemetryResults> {
  const scene = await MetadataScene.open(bench);
  try {
    const contestants = { recorded: await scene.agent(), unrecorded: await scene.variant("unrecorded") };
    const terms = { connections: 16, keepAlive: false, roundMs: bench.quick ? 400 : 1_500 };
    bench.say("telemetry: the agent with and without its recorder");
    for (const each of Object.values(contestants))
      await measureRound(scene.generator, each, { ...terms, roundMs: bench.quick ? 600 : 3_000 });
    const { recorded, unrecorded } = await contest(scene.generator, contestants, {
      ...terms,
      rounds: bench.quick ? 3 : 7,
    });
    const costShare = 1 - unrecorded.cpuMicrosPerRequest / recorded.cpuMicrosPerRequest;
    return { recorded, unrecorded, costShare: Number(costShare.toFixed(3)) };
  } finally {
    await scene.close();
  }
}
