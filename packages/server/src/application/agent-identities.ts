import type { Clock } from "@rolecall/common/time/clock";
import type { AgentIdentity } from "../domain/node/attestation.ts";
import type { PodInventory } from "../domain/pod/pod-inventory.ts";

/** Why an agent is one no longer. */
export type IdentityEnd = "agent-gone" | "token-expired";

/** Clocks differ, and an agent's next report with a new token may be on its way. */
const GRACE_MS = 30_000;

/** Knows until when each agent has proven itself, and ends what rests on a proof that no longer holds. */
export class AgentIdentities {
  readonly #pods: Pick<PodInventory, "get" | "watchNode">;
  readonly #clock: Clock;
  /** By the UID of the agent's pod, while something rests on it. */
  readonly #held = new Map<string, { expiresAtMs: number; holders: number }>();

  constructor(pods: Pick<PodInventory, "get" | "watchNode">, clock: Clock) {
    this.#pods = pods;
    this.#clock = clock;
  }

  /** An agent has shown a token: what rests on an older one of the same pod lives on until this one ends. */
  proven({ podUid, expiresAtMs }: AgentIdentity): void {
    const held = this.#held.get(podUid);
    if (held) held.expiresAtMs = Math.max(held.expiresAtMs, expiresAtMs ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Calls back once when the identity has ended: its pod is gone, or its last token has expired.
   *
   * @returns ends the watch
   */
  hold(identity: AgentIdentity, onEnd: (why: IdentityEnd) => void): () => void {
    const { node, podUid, expiresAtMs = Number.POSITIVE_INFINITY } = identity;
    const held = this.#held.get(podUid) ?? { expiresAtMs, holders: 0 };
    held.holders += 1;
    this.#held.set(podUid, held);
    this.proven(identity);

    let cancelTimer = () => {};
    const release = () => {
      unwatch();
      cancelTimer();
      held.holders -= 1;
      if (held.holders === 0) this.#held.delete(podUid);
    };
    const end = (why: IdentityEnd) => {
      release();
      onEnd(why);
    };
    const unwatch = this.#pods.watchNode(node, (uid) => {
      if (uid === podUid && this.#pods.get(podUid) === undefined) end("agent-gone");
    });
    const awaitExpiry = () => {
      const leftMs = held.expiresAtMs + GRACE_MS - this.#clock.nowMs();
      if (leftMs <= 0) end("token-expired");
      else if (leftMs !== Number.POSITIVE_INFINITY) cancelTimer = this.#clock.setTimer(leftMs, awaitExpiry);
    };
    awaitExpiry();
    let released = false;
    return () => {
      if (!released) release();
      released = true;
    };
  }
}
