import { type PodFacts, reportsOf } from "../domain/verify/facts.ts";
import type { Hop } from "../domain/verify/hop.ts";
import { walkPod } from "../domain/verify/walk-pod.ts";
import type { Release } from "./ports/release.ts";
import type { Servers } from "./ports/servers.ts";
import type { Workloads } from "./ports/workloads.ts";

export interface VerifyPodPorts {
  readonly workloads: Workloads;
  readonly release: Pick<Release, "agents">;
  readonly servers: Servers;
  readonly nowMs: () => number;
  /** Says what is being done. */
  readonly progress: (step: string) => void;
}

export interface VerifyPodQuery {
  readonly namespace: string;
  readonly name: string;
  /** Whether STS is to be asked now. */
  readonly tryNow: boolean;
}

/** Gathers what is known of a pod, from the API server and every server, and walks it. */
export async function verifyPod(ports: VerifyPodPorts, query: VerifyPodQuery): Promise<readonly Hop[]> {
  const { workloads, release, servers, progress } = ports;
  const { namespace, name } = query;
  progress(`reading ${namespace}/${name}`);
  const [pod, ofNamespace] = await Promise.all([workloads.pod(namespace, name), workloads.namespace(namespace)]);
  progress("asking the servers");
  const answers = await servers.pod(namespace, name);
  // Without the right to list our pods the walk says less, and still says much.
  const agents = await release.agents().catch(() => []);
  const facts: PodFacts = {
    ref: `${namespace}/${name}`,
    pod,
    namespace: ofNamespace,
    servers: answers,
    agent: pod?.node === undefined ? undefined : agents.find(({ node }) => node === pod.node),
    tried: undefined,
    nowMs: ports.nowMs(),
  };
  return walkPod(query.tryNow ? { ...facts, tried: await tryAssumption(ports, query, facts) } : facts);
}

async function tryAssumption({ servers, progress }: VerifyPodPorts, query: VerifyPodQuery, facts: PodFacts) {
  const granting = reportsOf(facts).find(({ verdict }) => verdict?.kind === "granted");
  const server = facts.servers.find((answer) => answer.kind === "answered" && answer.report === granting)?.server;
  if (server === undefined) return undefined;
  progress(`having ${server} ask STS`);
  const answer = await servers.tryAssumption(server, query.namespace, query.name);
  return answer.kind === "answered" ? answer.report : undefined;
}
