import type { AgentReport, FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import { clockTrouble } from "../clock/clock-trouble.ts";
import type { Answer } from "./answer.ts";
import type { Fleet } from "./merge-fleets.ts";
import type { ReleasePod } from "./release.ts";

export interface FleetFacts {
  readonly answers: readonly Answer<FleetReport>[];
  /** Undefined where the cluster was not asked. */
  readonly agents: readonly ReleasePod[] | undefined;
  /** How many servers there are; undefined likewise. */
  readonly servers: number | undefined;
  readonly nowMs: number;
}

/** What is wrong, a line each; none where every node is served and every pod that asks for a role has it. */
export function judgeFleet(fleet: Fleet, { answers, agents, servers, nowMs }: FleetFacts): readonly string[] {
  // An agent may be connected to a server that was not asked, such as by the command in another server's pod.
  const allAsked = answers.length >= (servers ?? 0);
  return [
    ...answers.flatMap((answer) => (answer.kind === "unreachable" ? [`server ${answer.server}: ${answer.why}`] : [])),
    ...fleet.servers.flatMap(({ name, problems }) =>
      Object.entries(problems).map(([check, problem]) => `server ${name}: ${check}: ${problem}`),
    ),
    ...(agents ?? []).flatMap((agent) => agentProblem(agent, fleet, allAsked) ?? []),
    ...(allAsked ? unserved(fleet, agents ?? []) : []),
    ...fleet.nodes.flatMap(({ node, report }) =>
      report && !isIntercepted(report) ? [`node ${node}: metadata traffic is not brought to the agent`] : [],
    ),
    ...fleet.nodes.flatMap(({ node, report }) => (report ? agentTroubles(node, report, nowMs) : [])),
    ...fleet.servers.flatMap(({ name, clockAheadSeconds }) => clockLine(`server ${name}`, clockAheadSeconds)),
    ...fleet.assumptions.flatMap(({ roleArn, failure }) =>
      failure ? [`role ${roleArn}: ${failure.reason}: ${failure.detail}`] : [],
    ),
    ...fleet.pods.flatMap(({ namespace, name, verdict }) =>
      verdict === "granted" ? [] : [`pod ${namespace}/${name}: ${verdict}`],
    ),
    ...fleet.certificates.flatMap(({ server, name, expiresAt, overdueAt }) =>
      Date.parse(overdueAt) < nowMs ? [`certificate ${name} of ${server} expires at ${expiresAt}`] : [],
    ),
  ];
}

function agentTroubles(node: string, report: AgentReport, nowMs: number): readonly string[] {
  const { certificate, clockAheadSeconds } = report;
  const overdue = certificate !== undefined && Date.parse(certificate.overdueAt) < nowMs;
  return [
    ...(overdue ? [`node ${node}: the certificate of its agent expires at ${certificate.expiresAt}`] : []),
    ...clockLine(`node ${node}`, clockAheadSeconds),
  ];
}

const clockLine = (whose: string, aheadSeconds: number | undefined): readonly string[] => {
  const off = clockTrouble(aheadSeconds);
  return off === undefined ? [] : [`${whose}: its clock is ${off}`];
};

function agentProblem(
  { name, node, ready, problem }: ReleasePod,
  { nodes }: Fleet,
  allAsked: boolean,
): string | undefined {
  if (!ready) return `agent ${name} on ${node ?? "no node"}: not ready${problem === undefined ? "" : `: ${problem}`}`;
  if (!allAsked || nodes.some((known) => known.node === node && known.feed)) return undefined;
  return `agent ${name} on ${node}: connected to no server`;
}

/** Nodes whose pods ask for roles and that no agent was ever seen on. */
function unserved({ nodes, pods }: Fleet, agents: readonly ReleasePod[]): readonly string[] {
  const known = new Set([
    ...nodes.flatMap(({ node, feed }) => (feed ? [node] : [])),
    ...agents.map(({ node }) => node),
  ]);
  const asking = new Map<string, number>();
  for (const { node } of pods)
    if (node !== undefined && !known.has(node)) asking.set(node, (asking.get(node) ?? 0) + 1);
  return [...asking].map(([node, count]) => `node ${node}: has no agent, and ${count} of its pods ask for a role`);
}

const isIntercepted = ({ interception, probe }: AgentReport): boolean =>
  interception !== "broken" && probe !== "refused" && probe !== "passed-by" && probe !== "lost";
