import type { Clock } from "@rolecall/common/time/clock";
import type { AgentIdentity } from "../domain/node/attestation.ts";
import type { PodInventory } from "../domain/pod/pod-inventory.ts";

/** Why an agent is one no longer. */
export type IdentityEnd = "agent-gone" | "token-expired" | "token-not-shown-again";

/** Clocks differ, and an agent's next report, every 15 s with its token of then, may be on its way. */
const GRACE_MS = 30_000;

interface Held {
  expiresAtMs: number;
  /** Since when a token has to be shown to the API server, where the last was taken on its signature. */
  outdatedSinceMs: number | undefined;
  holders: number;
  /** Each reckons anew when its holder's time is over. */
  readonly rearm: Set<() => void>;
}

/** Knows until when each agent has proven itself, and ends what rests on a proof that no longer holds. */
export class AgentIdentities {
  readonly #pods: Pick<PodInventory, "get" | "watchNode">;
  readonly #clock: Clock;
  /** By the UID of the agent's pod, while something rests on it. */
  readonly #held = new Map<string, Held>();
  /** Of those, whom a signature was taken of last; most of the time nobody. */
  readonly #bySignature = new Set<Held>();

  constructor(pods: Pick<PodInventory, "get" | "watchNode">, clock: Clock) {
    this.#pods = pods;
    this.#clock = clock;
  }

  /** An agent has shown a token: what rests on an older one of the same pod lives on until this one ends. */
  proven({ podUid, expiresAtMs, proof }: AgentIdentity): void {
    const held = this.#held.get(podUid);
    if (!held) return;
    held.expiresAtMs = Math.max(held.expiresAtMs, expiresAtMs ?? Number.POSITIVE_INFINITY);
    held.outdatedSinceMs = undefined;
    if (proof === "signature") this.#bySignature.add(held);
    else this.#bySignature.delete(held);
  }

  /**
   * The API server can be asked again: who was last taken on a signature has to show a token anew, in the time that two
   * reports take. No token is kept to be asked about, and not all are asked about at once.
   */
  apiServerAnswered(): void {
    for (const held of this.#bySignature) {
      if (held.outdatedSinceMs !== undefined) continue;
      held.outdatedSinceMs = this.#clock.nowMs();
      for (const rearm of [...held.rearm]) rearm();
    }
  }

  /**
   * Calls back once when the identity has ended: its pod is gone, its last token has expired, or was taken on its
   * signature and not shown again.
   *
   * @returns ends the watch
   */
  hold(identity: AgentIdentity, onEnd: (why: IdentityEnd) => void): () => void {
    const { node, podUid, expiresAtMs = Number.POSITIVE_INFINITY } = identity;
    const fresh = { expiresAtMs, outdatedSinceMs: undefined, holders: 0, rearm: new Set<() => void>() };
    const held: Held = this.#held.get(podUid) ?? fresh;
    held.holders += 1;
    this.#held.set(podUid, held);
    this.proven(identity);

    let cancelTimer = () => {};
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      unwatch();
      cancelTimer();
      held.rearm.delete(awaitEnd);
      held.holders -= 1;
      if (held.holders > 0) return;
      this.#held.delete(podUid);
      this.#bySignature.delete(held);
    };
    const end = (why: IdentityEnd) => {
      release();
      onEnd(why);
    };
    const unwatch = this.#pods.watchNode(node, (uid) => {
      if (uid === podUid && this.#pods.get(podUid) === undefined) end("agent-gone");
    });
    const awaitEnd = () => {
      cancelTimer();
      const { expiresAtMs: expiry, outdatedSinceMs = Number.POSITIVE_INFINITY } = held;
      const leftMs = Math.min(expiry, outdatedSinceMs) + GRACE_MS - this.#clock.nowMs();
      if (leftMs <= 0) end(outdatedSinceMs < expiry ? "token-not-shown-again" : "token-expired");
      else if (leftMs !== Number.POSITIVE_INFINITY) cancelTimer = this.#clock.setTimer(leftMs, awaitEnd);
    };
    held.rearm.add(awaitEnd);
    awaitEnd();
    return release;
  }
}
