import type { RunningAgent } from "@rolecall/sandbox/system/processes";
import type { Asked } from "./ask.ts";
import type { Pod } from "./pods.ts";
import { nodeName, type World } from "./world.ts";

export type Violation =
  /** A pod was refused although its agent, or the server that feeds it, held credentials of its role that lived. */
  "refused-with-credentials-at-hand" | "expired-credentials-handed-out" | "foreign-credentials-handed-out";

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

  /**
   * Whether a server holds credentials of the pod's present role that live: one that feeds its node, or, where asked for,
   * any other.
   */
  async isHeldByServer(pod: Pod, which: "feeding" | "other" = "feeding"): Promise<boolean> {
    for (const { nodes, pods, assumptions } of await this.#world.fleets()) {
      const feeds = nodes.some(({ node, feed }) => feed && node === nodeName(pod.node));
      if (feeds !== (which === "feeding")) continue;
      const known = pods.find(({ uid }) => uid === pod.uid);
      if (!known?.roleArn?.endsWith(`/${pod.roles[0]}`)) continue;
      const expiresAt = assumptions.find(({ id }) => id === known.assumption)?.expiresAt;
      if (expiresAt !== undefined && Date.parse(expiresAt) - ROUNDING_MS > this.#world.nowMs) return true;
    }
    return false;
  }

  #heldBy(agent: RunningAgent): Held {
    const held = this.#held.get(agent) ?? new Map();
    this.#held.set(agent, held);
    return held;
  }
}
