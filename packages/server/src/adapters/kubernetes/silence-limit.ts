import type { Clock } from "@rolecall/common/time/clock";

/** Aborts a signal when nothing has been heard for a while, or when another signal aborts. */
export class SilenceLimit {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #outer: AbortSignal;
  readonly #abort = new AbortController();
  readonly #onOuterAbort = () => this.#abort.abort(this.#outer.reason);
  #cancel: () => void = () => {};
  #exceeded = false;

  constructor(clock: Clock, limitMs: number, outer: AbortSignal) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#outer = outer;
    outer.addEventListener("abort", this.#onOuterAbort, { once: true });
    if (outer.aborted) this.#onOuterAbort();
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True once the signal was aborted for silence. */
  get exceeded(): boolean {
    return this.#exceeded;
  }

  heard(): void {
    this.#cancel();
    this.#cancel = this.#clock.setTimer(this.#limitMs, () => {
      this.#exceeded = true;
      this.#abort.abort(new Error(`nothing was heard for ${this.#limitMs / 1_000} s`));
    });
  }

  /** Ends the watch over silence; the signal stays as it is. */
  stop(): void {
    this.#cancel();
    this.#outer.removeEventListener("abort", this.#onOuterAbort);
  }
}
