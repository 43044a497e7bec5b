import { judgeFleet } from "../domain/fleet/judge-fleet.ts";
import { type Fleet, mergeFleets } from "../domain/fleet/merge-fleets.ts";
import type { ReleasePod } from "../domain/fleet/release.ts";
import type { Release } from "./ports/release.ts";
import type { Servers } from "./ports/servers.ts";

export interface Status {
  /** How many servers answered, and how many did not. */
  readonly answered: number;
  readonly unreachable: number;
  readonly problems: readonly string[];
  readonly fleet: Fleet;
}

/** Asks every server and joins what they say. @param release undefined where the cluster cannot be asked */
export async function describeStatus(
  servers: Servers,
  release: Pick<Release, "agents"> | undefined,
  nowMs: number,
): Promise<Status> {
  const answers = await servers.fleets();
  const agents: readonly ReleasePod[] | undefined = await release?.agents().catch(() => undefined);
  const reports = answers.flatMap((answer) => (answer.kind === "answered" ? [answer.report] : []));
  const fleet = mergeFleets(reports);
  return {
    answered: reports.length,
    unreachable: answers.length - reports.length,
    problems: judgeFleet(fleet, { answers, agents, nowMs }),
    fleet,
  };
}
