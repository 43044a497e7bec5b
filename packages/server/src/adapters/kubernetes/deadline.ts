import type { Clock } from "@rolecall/common/time/clock";

/** Aborts a signal at a time that can be moved, or when another signal aborts. */
export class Deadline {
  readonly #clock: Clock;
  readonly #outer: AbortSignal;
  readonly #abort = new AbortController();
  readonly #onOuterAbort = () => this.#abort.abort(this.#outer.reason);
  #cancelTimer: () => void = () => {};
  #exceeded = false;

  constructor(clock: Clock, delayMs: number, outer: AbortSignal) {
    this.#clock = clock;
    this.#outer = outer;
    outer.addEventListener("abort", this.#onOuterAbort, { once: true });
    if (outer.aborted) this.#onOuterAbort();
    this.move(delayMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True once the time has come before `cancel`. */
  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** Sets the time to `delayMs` from now. */
  move(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => {
      this.#exceeded = true;
      this.#abort.abort(new Error(`no answer within ${delayMs / 1_000} s`));
    });
  }

  /** The signal stays as it is. To be called in the end, as a timer and a listener are kept until then. */
  cancel(): void {
    this.#cancelTimer();
    this.#outer.removeEventListener("abort", this.#onOuterAbort);
  }
}
