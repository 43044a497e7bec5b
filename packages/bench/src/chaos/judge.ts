import type { RunningAgent } from "@rolecall/sandbox/system/processes";
import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { Asked } from "./ask.ts";
import type { Pod } from "./pods.ts";
import { nodeName, type World } from "./world.ts";

export type Violation =
  /** A pod was refused although its agent, or any server, held credentials of its role that lived. */
  "refused-with-credentials-at-hand" | "expired-credentials-handed-out" | "foreign-credentials-handed-out";

export type Way =
  /** A server feeds the pod's agent and grants the pod its role. */
  | "fed"
  /** The server that feeds the pod's agent has not learnt of the pod or its role from the Kubernetes API. */
  | "not-granted"
  /** None: no server feeds the pod's agent. */
  | "not-fed";

export interface Judgement {
  readonly violation: Violation;
  readonly detail: string;
}

/** What an agent has shown that it holds, by pod. */
type Held = Map<string, { readonly role: string; readonly untilMs: number }>;

/** An expiration is told in whole seconds. */
const ROUNDING_MS = 1_000;

/** Holds every answer against what STS issued, and every refusal against what the processes hold. */
export class Judge {
  readonly #world: World;
  readonly #held = new WeakMap<RunningAgent, Held>();

  constructor(world: World) {
    this.#world = world;
  }

  /** @param askedAtMs when the pod began to ask */
  answered(
    pod: Pod,
    agent: RunningAgent,
    asked: Asked & { kind: "credentials" },
    askedAtMs: number,
  ): Judgement | undefined {
    const session = this.#world.sandbox.sts.identities.session(asked.accessKeyId);
    const of = `${pod.name} of ${pod.roles.join(", formerly ")} was given ${session?.arn ?? "what STS never issued"}`;
    const isItsOwn = session && pod.roles.some((role) => session.arn.includes(`/${role}/`));
    if (!isItsOwn) return { violation: "foreign-credentials-handed-out", detail: of };
    if (session.expiresAtMs <= askedAtMs || asked.expirationMs <= askedAtMs) {
      const detail = `${of}, which ended ${Math.round((askedAtMs - session.expiresAtMs) / 1_000)} s before`;
      return { violation: "expired-credentials-handed-out", detail };
    }
    this.#heldBy(agent).set(pod.uid, { role: asked.role, untilMs: session.expiresAtMs - ROUNDING_MS });
    return undefined;
  }

  /** Whether this agent has shown credentials of the pod's present role that still live. */
  isHeldByAgent(pod: Pod, agent: RunningAgent): boolean {
    const held = this.#heldBy(agent).get(pod.uid);
    return held !== undefined && held.role === pod.roles[0] && held.untilMs > this.#world.nowMs;
  }

  /** How credentials of the pod's present role that any server holds could come to it; undefined where none holds any. */
  async wayTo(pod: Pod, agent: RunningAgent): Promise<Way | undefined> {
    const fleets = await this.#world.fleets();
    if (!fleets.some((fleet) => this.#holds(fleet, pod))) return undefined;
    // A server may not have noticed yet that an agent that it fed is dead.
    if (!(await isFed(agent))) return "not-fed";
    const feeding = fleets.filter(({ nodes }) => nodes.some(({ node, feed }) => feed && node === nodeName(pod.node)));
    return feeding.some((fleet) => grants(fleet, pod)) ? "fed" : "not-granted";
  }

  #holds(fleet: FleetReport, pod: Pod): boolean {
    const granted = grants(fleet, pod);
    const expiresAt = granted && fleet.assumptions.find(({ id }) => id === granted.assumption)?.expiresAt;
    return expiresAt !== undefined && Date.parse(expiresAt) - ROUNDING_MS > this.#world.nowMs;
  }

  #heldBy(agent: RunningAgent): Held {
    const held = this.#held.get(agent) ?? new Map();
    this.#held.set(agent, held);
    return held;
  }
}

/** The pod as a server knows it, where it grants it its present role. */
const grants = ({ pods }: FleetReport, pod: Pod) =>
  pods.find(({ uid, roleArn }) => uid === pod.uid && roleArn?.endsWith(`/${pod.roles[0]}`));

async function isFed({ adminUrl }: RunningAgent): Promise<boolean> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return metrics.includes('rolecall_agent_feed_state{state="live"} 1');
}
