import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";
import type { Clock } from "@rolecall/common/time/clock";
import type { StsFailure } from "../../domain/credentials/assumption-state.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { Grant } from "../../domain/policy/grant.ts";
import type { PodVerdicts } from "../node-feed.ts";

export interface RecentRefusal {
  readonly atMs: number;
  readonly pod: Pick<Pod, "namespace" | "name" | "node">;
  readonly reason: DeniedReason | FailedReason;
  readonly detail: string;
}

const REMEMBERED = 100;

/** The latest decisions that gave a pod no credentials. */
export class RecentRefusals implements PodVerdicts {
  readonly #refusals: RecentRefusal[] = [];
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
    return this.#refusals.toReversed();
  }

  #remember({ namespace, name, node }: Pod, why: Pick<RecentRefusal, "reason" | "detail">): void {
    const { reason, detail } = why;
    this.#refusals.push({ atMs: this.#clock.nowMs(), pod: { namespace, name, node }, reason, detail });
    if (this.#refusals.length > REMEMBERED) this.#refusals.shift();
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
