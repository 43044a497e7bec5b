import type { Standing } from "../../src/domain/credentials/standing.ts";
import { aReadyPod, aRole } from "./pods.ts";
import { type AgentSettings, RunningAgent } from "./running-agent.ts";

/** Who asks: pods of different standing, each on its own address. */
export const SOURCES = {
  /** Has the role `web`. */
  P: "127.0.0.2",
  /** Another pod, with the role `batch`. */
  Q: "127.0.0.3",
  /** A pod without a role. */
  N: "127.0.0.4",
  /** A process of the node, or a pod on its network. */
  host: "127.0.0.5",
  /** Has a role with a path, `team/api`, which its annotation may have given as an ARN. */
  pathed: "127.0.0.6",
  /** Has the role `a+=,.@-_B`: every character a name may have. */
  odd: "127.0.0.7",
  denied: "127.0.0.8",
  failed: "127.0.0.9",
} as const;
export type Source = keyof typeof SOURCES;

const ROLE_BY_SOURCE: Readonly<Partial<Record<Source, ReturnType<typeof aRole>>>> = {
  P: aRole("web"),
  Q: aRole("batch"),
  pathed: aRole("api", "team/"),
  odd: aRole("a+=,.@-_B"),
};

export function standingOf(source: Source, nowMs: number): Standing {
  const podUid = `pod-${source.toLowerCase()}`;
  const role = ROLE_BY_SOURCE[source];
  if (role) return aReadyPod(podUid, role, nowMs);
  if (source === "host") return { kind: "host" };
  if (source === "denied") return { kind: "denied", podUid, reason: "role-not-permitted" };
  if (source === "failed") return { kind: "failed", podUid, role: aRole("web"), reason: "sts-access-denied" };
  return { kind: "no-role", podUid };
}

/** An agent that knows every source. */
export async function startAgentWithPods(settings: AgentSettings = {}): Promise<RunningAgent> {
  const agent = await RunningAgent.start(settings);
  for (const source of Object.keys(SOURCES) as Source[])
    agent.standings.set(SOURCES[source], standingOf(source, agent.clock.nowMs()));
  return agent;
}
