import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";
import type { Clock } from "@rolecall/common/time/clock";
import type { StsFailure } from "../../domain/credentials/assumption-state.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { Grant } from "../../domain/policy/grant.ts";
import type { PodVerdicts } from "../node-feed.ts";

export interface RecentRefusal {
  /** When it was first taken. */
  readonly atMs: number;
  readonly pod: Pick<Pod, "namespace" | "name" | "node">;
  readonly reason: DeniedReason | FailedReason;
  readonly detail: string;
}

const REMEMBERED = 100;

/**
 * The latest decisions that gave a pod no credentials. One that is taken again, as it is whenever the node's agent connects
 * anew or STS refuses again, is no other.
 */
export class RecentRefusals implements PodVerdicts {
  /** By pod and reason, in the order in which they were first heard of. */
  readonly #refusals = new Map<string, RecentRefusal>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  decided(pod: Pod, grant: Grant): void {
    if (grant.kind === "denied") this.#remember(pod, grant);
  }

  failed(pod: Pod, failure: StsFailure): void {
    this.#remember(pod, failure);
  }

  /** Newest first. */
  all(): readonly RecentRefusal[] {
    return [...this.#refusals.values()].reverse();
  }

  #remember({ uid, namespace, name, node }: Pod, why: Pick<RecentRefusal, "reason" | "detail">): void {
    const { reason, detail } = why;
    const key = [uid, reason, detail].join(" ");
    if (this.#refusals.has(key)) return;
    this.#refusals.set(key, { atMs: this.#clock.nowMs(), pod: { namespace, name, node }, reason, detail });
    const [oldest] = this.#refusals.keys();
    if (oldest !== undefined && this.#refusals.size > REMEMBERED) this.#refusals.delete(oldest);
  }
}

/** Tells several listeners of each verdict, in order. */
export const tellEach = (listeners: readonly PodVerdicts[]): PodVerdicts => ({
  decided(pod, grant) {
    for (const each of listeners) each.decided(pod, grant);
  },
  failed(pod, failure) {
    for (const each of listeners) each.failed(pod, failure);
  },
});
