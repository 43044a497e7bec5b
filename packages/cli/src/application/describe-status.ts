import { judgeFleet } from "../domain/fleet/judge-fleet.ts";
import { type Fleet, mergeFleets } from "../domain/fleet/merge-fleets.ts";
import type { Release } from "./ports/release.ts";
import type { Servers } from "./ports/servers.ts";

export interface Status {
  /** How many servers answered. */
  readonly answered: number;
  /** How many there are, whether or not they were asked; undefined where the cluster does not say. */
  readonly servers: number | undefined;
  readonly problems: readonly string[];
  readonly fleet: Fleet;
}

/** Asks every server and joins what they say. */
export async function describeStatus(servers: Servers, release: Release, nowMs: number): Promise<Status> {
  // Without the right to list our pods the servers' own word is all there is.
  const [answers, agents, all] = await Promise.all([
    servers.fleets(),
    release.agents().catch(() => undefined),
    release.servers().catch(() => undefined),
  ]);
  const reports = answers.flatMap((answer) => (answer.kind === "answered" ? [answer.report] : []));
  const fleet = mergeFleets(reports);
  return {
    answered: reports.length,
    servers: all?.length,
    problems: judgeFleet(fleet, { answers, agents, servers: all?.length, nowMs }),
    fleet,
  };
}
