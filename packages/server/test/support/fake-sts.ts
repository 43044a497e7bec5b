import type { Clock } from "@rolecall/common/time/clock";
import type { Sts, StsAnswer } from "../../src/application/ports/sts.ts";
import { StsQueue } from "../../src/application/sts-queue.ts";
import type { Assumption } from "../../src/domain/credentials/assumption.ts";
import type { StsFailure } from "../../src/domain/credentials/assumption-state.ts";
import { StsBudget } from "../../src/domain/credentials/sts-budget.ts";
import { credentialsFrom } from "./makers.ts";

/** A queue before STS whose budget is never used up by a test that is not about it. */
export const queueOf = (sts: Sts, clock: Clock): StsQueue =>
  new StsQueue({ sts, clock, budget: new StsBudget({ perSecond: 10_000, burst: 10_000 }, clock.nowMs()) });

/** Answers at once with an hour of credentials, numbered; fails while `failure` is set; waits while `held`. */
export class FakeSts implements Sts {
  readonly calls: Assumption[] = [];
  failure: StsFailure | undefined;
  readonly #clock: Clock;
  #held: Promise<void> | undefined;
  #release: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
    this.#held = undefined;
  }

  async assumeRole(assumption: Assumption): Promise<StsAnswer> {
    this.calls.push(assumption);
    const number = this.calls.length;
    await this.#held;
    if (this.failure) return { kind: "failure", failure: this.failure };
    const credentials = credentialsFrom(this.#clock.nowMs(), assumption.durationSeconds * 1_000, `ASIA${number}`);
    return { kind: "credentials", credentials };
  }
}
