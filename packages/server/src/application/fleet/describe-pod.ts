import { assumptionKey } from "../../domain/credentials/assumption.ts";
import type { KnownPod, PodReport, PodVerdict } from "../../domain/fleet/pod-report.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { Grant } from "../../domain/policy/grant.ts";
import type { FleetSources } from "./fleet-sources.ts";
import { agentReport, assumptionStatus, feedStatus, iso } from "./statuses.ts";

/** What this server knows of one pod, for each step from its annotation to its credentials. */
export function describePod(sources: FleetSources, namespace: string, name: string): PodReport {
  const { permitted, allowedRoles } = sources.namespace(namespace) ?? {};
  const known = {
    server: sources.about(),
    ...(permitted !== undefined && { permitted }),
    ...(allowedRoles !== undefined && { allowedRoles }),
  };
  const pod = findPod(sources, namespace, name);
  if (!pod) return known;
  const grant = sources.decide(pod);
  const assumption = grant.kind === "granted" ? stateOf(sources, grant) : undefined;
  const feed = [...sources.feeds()].findLast(({ node }) => node === pod.node);
  const reported = [...sources.reports()].find(({ node }) => node === pod.node);
  const refused = feed || pod.node === undefined ? undefined : sources.refusedAgent(pod.node);
  return {
    ...known,
    pod: knownPod(pod),
    verdict: verdict(grant),
    ...(assumption && { assumption }),
    ...(feed && { feed: feedStatus(feed) }),
    ...(reported && { report: agentReport(reported) }),
    ...(refused && { refused: { at: iso(refused.atMs), reason: refused.reason } }),
  };
}

/** The pod of that name; the latest where one that is going has the same. */
export function findPod({ pods }: Pick<FleetSources, "pods">, namespace: string, name: string): Pod | undefined {
  return [...pods()].findLast((pod) => pod.namespace === namespace && pod.name === name);
}

function stateOf({ assumptions }: FleetSources, grant: Grant & { kind: "granted" }) {
  const key = assumptionKey(grant.assumption);
  const known = [...assumptions()].find(({ assumption }) => assumptionKey(assumption) === key);
  return known && assumptionStatus(known.assumption, known.state);
}

const knownPod = ({ uid, node, ips, annotations: { role } }: Pod): KnownPod => ({
  uid,
  ips,
  ...(node !== undefined && { node }),
  ...(role !== undefined && { role }),
});

function verdict(grant: Grant): PodVerdict {
  return grant.kind === "granted" ? { kind: "granted", roleArn: grant.assumption.roleArn } : grant;
}
