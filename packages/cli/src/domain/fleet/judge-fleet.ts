import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { Answer } from "./answer.ts";
import type { Fleet } from "./merge-fleets.ts";
import type { ReleasePod } from "./release.ts";

export interface FleetFacts {
  readonly answers: readonly Answer<FleetReport>[];
  /** Undefined where the cluster was not asked. */
  readonly agents: readonly ReleasePod[] | undefined;
  readonly nowMs: number;
}

/** A certificate that is not renewed by then will not be by itself. */
const SOON_MS = 14 * 24 * 3_600_000;

/** What is wrong, a line each; none where every node is served and every pod that asks for a role has it. */
export function judgeFleet(fleet: Fleet, { answers, agents, nowMs }: FleetFacts): readonly string[] {
  return [
    ...answers.flatMap((answer) => (answer.kind === "unreachable" ? [`server ${answer.server}: ${answer.why}`] : [])),
    ...fleet.servers.flatMap(({ name, problems }) =>
      Object.entries(problems).map(([check, problem]) => `server ${name}: ${check}: ${problem}`),
    ),
    ...(agents ?? []).flatMap((agent) => agentProblem(agent, fleet) ?? []),
    ...fleet.nodes.flatMap(({ node, report }) =>
      report?.interception === "broken" ? [`node ${node}: metadata traffic is not brought to the agent`] : [],
    ),
    ...fleet.assumptions.flatMap(({ roleArn, failure }) =>
      failure ? [`role ${roleArn}: ${failure.reason}: ${failure.detail}`] : [],
    ),
    ...fleet.pods.flatMap(({ namespace, name, verdict }) =>
      verdict === "granted" ? [] : [`pod ${namespace}/${name}: ${verdict}`],
    ),
    ...fleet.certificates.flatMap(({ server, name, expiresAt }) =>
      Date.parse(expiresAt) - nowMs < SOON_MS ? [`certificate ${name} of ${server} expires at ${expiresAt}`] : [],
    ),
  ];
}

function agentProblem({ name, node, ready, problem }: ReleasePod, { nodes }: Fleet): string | undefined {
  if (!ready) return `agent ${name} on ${node ?? "no node"}: not ready${problem === undefined ? "" : `: ${problem}`}`;
  if (nodes.some((known) => known.node === node && known.feed)) return undefined;
  return `agent ${name} on ${node}: connected to no server that was asked`;
}
