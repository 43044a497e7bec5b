import type { AgentTarget } from "./agent-target.ts";

/** Whose agent the node's rules lead to, as the keepers of a node wrote it down for each other. */
export interface Owner {
  /** The agent's run. */
  readonly instance: string;
  /** When that run began, milliseconds since 1970: a younger one takes over from it, never an older one. */
  readonly startedAtMs: number;
  readonly port: number;
  readonly containerPort?: number | undefined;
}

export interface HandoverFacts {
  /** Where this keeper's own agent listens; undefined until it does. */
  readonly own: AgentTarget | undefined;
  /** It answered a request at that place just now. */
  readonly ownAnswers: boolean;
  /** Undefined where there is none, or what is written cannot be understood. */
  readonly owner: Owner | undefined;
  /** How many times in a row the owner's agent did not take a connection. */
  readonly ownerSilences: number;
}

export type HandoverDecision =
  | { readonly kind: "keep" }
  | { readonly kind: "take"; readonly because: string }
  | { readonly kind: "stand-by"; readonly because: string };

/** Once may be a connection that came in the moment an agent's container was replaced. */
const SILENCES_OF_THE_DEAD = 2;

/**
 * Whether a keeper leads the node's pods to its own agent. Several keepers live on a node while one agent replaces
 * another: all decide by the same facts, and only what is decided here may write the rules of interception.
 */
export function decideHandover({ own, ownAnswers, owner, ownerSilences }: HandoverFacts): HandoverDecision {
  if (!own) return standBy("this keeper's agent does not listen yet");
  if (owner?.instance === own.instance) return { kind: "keep" };
  if (!ownAnswers) return standBy("this keeper's agent does not answer");
  if (!owner) return take("no agent has the rules");
  // No two processes listen at one place, so the owner has gone.
  if (owner.port === own.port) return take("its agent listens where the owner's did");
  if (ownerSilences >= SILENCES_OF_THE_DEAD) return take("the owner's agent takes no connections");
  if (!isYounger(own, owner)) return standBy("a younger agent of this node has the rules");
  if (!own.isLoaded)
    return standBy("the agent before this one has the rules until this one has its pods and their credentials");
  return take("its agent is loaded and younger than the owner's");
}

const isYounger = (own: AgentTarget, owner: Owner): boolean =>
  own.startedAtMs === owner.startedAtMs ? own.instance > owner.instance : own.startedAtMs > owner.startedAtMs;

const take = (because: string) => ({ kind: "take", because }) as const;
const standBy = (because: string) => ({ kind: "stand-by", because }) as const;
