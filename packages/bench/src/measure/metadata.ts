import { contest, type Figures, measureRound, type Terms } from "./contest.ts";
import { MetadataScene } from "./metadata-scene.ts";
import type { Workbench } from "./workbench.ts";

const CONNECTIONS = [1, 16, 64] as const;
type Level = `c${(typeof CONNECTIONS)[number]}`;

type ByLevel<T> = Readonly<Record<Level, T>>;

/** Ours as a part of the limit. */
export interface Ratio {
  readonly rps: number;
  readonly p99: number;
}

interface SideBySide {
  readonly ours: ByLevel<Figures>;
  readonly bare: ByLevel<Figures>;
  readonly ratio: ByLevel<Ratio>;
}

export interface MetadataResults extends SideBySide {
  readonly rounds: number;
  readonly roundMs: number;
  /** The same with connections that are used again, which the agent itself never allows. */
  readonly keepAlive: SideBySide;
}

/** Credentials for pods with a session token: the agent beside `node:http`. */
export async function measureMetadata(bench: Workbench): Promise<MetadataResults> {
  const rounds = bench.quick ? 3 : 5;
  const roundMs = bench.quick ? 300 : 1_500;
  const scene = await MetadataScene.open(bench);
  try {
    const ours = await scene.agent();
    const kept = await scene.variant("keep-alive");
    const pairs = [
      { keepAlive: false, ours, bare: await scene.bare(ours) },
      { keepAlive: true, ours: kept, bare: await scene.bare(kept) },
    ];
    const results: SideBySide[] = [];
    for (const { keepAlive, ...contestants } of pairs) {
      const warmUp = { connections: 16, keepAlive, roundMs: bench.quick ? 600 : 5_000 };
      for (const each of Object.values(contestants)) await measureRound(scene.generator, each, warmUp);
      const levels: [Level, { ours: Figures; bare: Figures }][] = [];
      for (const connections of CONNECTIONS) {
        bench.say(`metadata: ${connections} connections ${keepAlive ? "with" : "without"} keep-alive`);
        const terms: Terms = { connections, keepAlive, rounds, roundMs };
        levels.push([`c${connections}`, await contest(scene.generator, contestants, terms)]);
      }
      results.push(sideBySide(levels));
    }
    const [closing, keeping] = results as [SideBySide, SideBySide];
    return { ...closing, rounds, roundMs, keepAlive: keeping };
  } finally {
    await scene.close();
  }
}

function sideBySide(levels: readonly [Level, { ours: Figures; bare: Figures }][]): SideBySide {
  const each = <T>(pick: (figures: { ours: Figures; bare: Figures }) => T) =>
    Object.fromEntries(levels.map(([level, figures]) => [level, pick(figures)])) as ByLevel<T>;
  const part = (one: number, other: number) => Number((one / other).toFixed(2));
  return {
    ours: each(({ ours }) => ours),
    bare: each(({ bare }) => bare),
    ratio: each(({ ours, bare }) => ({ rps: part(ours.rps, bare.rps), p99: part(ours.p99Ms, bare.p99Ms) })),
  };
}
