import { StartupError } from "@rolecall/common/errors/startup-error";
import { median } from "../load/latency.ts";
import type { LoadClient, LoadResult } from "../load/load.ts";
import type { Child } from "../processes/child.ts";
import { cpuSeconds } from "../processes/usage.ts";

/** Something that answers pods' requests. */
export interface Contestant {
  readonly child: Child;
  readonly port: number;
  readonly clients: readonly LoadClient[];
}

export interface Terms {
  readonly connections: number;
  readonly keepAlive: boolean;
  readonly rounds: number;
  readonly roundMs: number;
}

/** Medians over the rounds. */
export interface Figures {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server alone, which other work on the machine disturbs least. */
  readonly cpuMicrosPerRequest: number;
  /** Share of one core that the load generator used. */
  readonly generatorCpu: number;
}

/** Lets each answer in turn, round by round, so that what else the machine does falls on all of them alike. */
export async function contest<Name extends string>(
  generator: Child,
  contestants: Readonly<Record<Name, Contestant>>,
  terms: Terms,
): Promise<Record<Name, Figures>> {
  const named = Object.entries<Contestant>(contestants);
  const rounds = new Map<string, Round[]>(named.map(([name]) => [name, []]));
  for (let round = 0; round < terms.rounds; round += 1) {
    for (const [name, contestant] of named) rounds.get(name)?.push(await measureRound(generator, contestant, terms));
  }
  return Object.fromEntries(named.map(([name]) => [name, figures(rounds.get(name) ?? [])])) as Record<Name, Figures>;
}

interface Round extends LoadResult {
  readonly cpuMicrosPerRequest: number;
}

/** @throws StartupError when more than one answer in a thousand was none: figures of refusals would mislead */
export async function measureRound(
  generator: Child,
  { child, port, clients }: Contestant,
  { connections, keepAlive, roundMs }: Omit<Terms, "rounds">,
): Promise<Round> {
  const load = { host: "127.0.0.1", port, clients, connections, keepAlive, durationMs: roundMs };
  const cpu = cpuSeconds(child.pid);
  const result = await child.orEnded(generator.ask<LoadResult>(load));
  if (result.failures * 1_000 > result.requests) {
    throw new StartupError([
      `${child.name}: ${result.failures} of ${result.requests + result.failures} requests failed, the first with: ${result.firstFailure}`,
    ]);
  }
  return { ...result, cpuMicrosPerRequest: ((cpuSeconds(child.pid) - cpu) / result.requests) * 1e6 };
}

function figures(rounds: readonly Round[]): Figures {
  const middle = (key: keyof Figures, digits: number) =>
    Number(median(rounds.map((round) => round[key])).toFixed(digits));
  return {
    rps: middle("rps", 0),
    p50Ms: middle("p50Ms", 3),
    p99Ms: middle("p99Ms", 3),
    cpuMicrosPerRequest: middle("cpuMicrosPerRequest", 1),
    generatorCpu: middle("generatorCpu", 2),
  };
}
