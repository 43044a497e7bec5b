import type { FleetReport, NodeStatus, PodStatus, Refusal } from "../../domain/fleet/fleet-report.ts";
import type { FleetSources } from "./fleet-sources.ts";
import type { RecentRefusal } from "./recent-refusals.ts";
import { agentReport, assumptionStatus, feedStatus, iso, podStatus } from "./statuses.ts";

/** What this server knows of the whole fleet. */
export function describeFleet(sources: FleetSources): FleetReport {
  const assumptions = [...sources.assumptions()].map(({ assumption, state }) => assumptionStatus(assumption, state));
  const verdicts: Record<string, number> = {};
  const pods: PodStatus[] = [];
  let count = 0;
  for (const pod of sources.pods()) {
    const grant = sources.decide(pod);
    const verdict = grant.kind === "denied" ? grant.reason : grant.kind;
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    count += 1;
    if (grant.kind !== "none") pods.push(podStatus(pod, grant));
  }
  return {
    server: sources.about(),
    counts: { pods: count, verdicts, assumptions: countBy(assumptions.map(({ state }) => state)) },
    nodes: nodes(sources),
    pods,
    assumptions,
    certificates: sources.certificates(),
    refusals: sources.refusals().map(refusal),
  };
}

function nodes({ feeds, reports }: FleetSources): readonly NodeStatus[] {
  const byName = new Map<string, NodeStatus>();
  const join = (node: string, known: Omit<NodeStatus, "node">) =>
    byName.set(node, { ...byName.get(node), ...known, node });
  for (const feed of feeds()) join(feed.node, { feed: feedStatus(feed) });
  for (const reported of reports()) join(reported.node, { report: agentReport(reported) });
  return [...byName.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
}

const refusal = ({ atMs, pod: { namespace, name, node }, reason, detail }: RecentRefusal): Refusal => ({
  at: iso(atMs),
  namespace,
  pod: name,
  ...(node !== undefined && { node }),
  reason,
  detail,
});

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
