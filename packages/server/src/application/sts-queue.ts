import type { Clock } from "@rolecall/common/time/clock";
import type { Assumption } from "../domain/credentials/assumption.ts";
import type { StsBudget } from "../domain/credentials/sts-budget.ts";
import type { Sts, StsAnswer } from "./ports/sts.ts";

export interface StsQueueOptions {
  readonly sts: Sts;
  readonly budget: StsBudget;
  readonly clock: Clock;
}

interface Waiting {
  readonly assumption: Assumption;
  readonly rank: () => number;
  readonly signal: AbortSignal;
  readonly resolve: (answer: StsAnswer) => void;
}

/** More at a time would only wait for each other on this process's one core. */
const MAX_UNDER_WAY = 16;

/** Lets calls through to STS as its budget allows, the most urgent first. Nothing is ever dropped. */
export class StsQueue {
  readonly #options: StsQueueOptions;
  readonly #waiting = new Set<Waiting>();
  #underWay = 0;
  #cancelTimer: () => void = () => {};

  constructor(options: StsQueueOptions) {
    this.#options = options;
  }

  /** Calls that wait for their turn. */
  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Asks STS when it is this call's turn.
   *
   * @param rank lower goes first; asked anew each time, since what is urgent changes while a call waits
   * @param signal ends the call; one that still waits is then forgotten and never answered
   */
  ask(assumption: Assumption, rank: () => number, signal: AbortSignal): Promise<StsAnswer> {
    return new Promise((resolve) => {
      this.#waiting.add({ assumption, rank, signal, resolve });
      this.#proceed();
    });
  }

  #proceed(): void {
    const { budget, clock } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    while (this.#underWay < MAX_UNDER_WAY) {
      const next = this.#mostUrgent();
      if (!next) return;
      if (!budget.take(clock.nowMs())) {
        this.#cancelTimer = clock.setTimer(budget.waitMs(clock.nowMs()), () => this.#proceed());
        return;
      }
      this.#waiting.delete(next);
      void this.#call(next);
    }
  }

  async #call({ assumption, signal, resolve }: Waiting): Promise<void> {
    const { sts, budget, clock } = this.#options;
    this.#underWay += 1;
    const answer = await sts.assumeRole(assumption, signal);
    this.#underWay -= 1;
    if (answer.kind === "failure" && answer.failure.reason === "sts-throttled") budget.throttled(clock.nowMs());
    resolve(answer);
    this.#proceed();
  }

  #mostUrgent(): Waiting | undefined {
    let best: { readonly call: Waiting; readonly rank: number } | undefined;
    for (const call of this.#waiting) {
      if (call.signal.aborted) {
        this.#waiting.delete(call);
        continue;
      }
      const rank = call.rank();
      if (!best || rank < best.rank) best = { call, rank };
    }
    return best?.call;
  }
}
