export interface Rate {
  /** How many may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Lets a burst through and then so many a second. */
export class TokenBucket {
  #rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Whether nothing has passed for so long that the whole burst may again. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#rate.burst;
  }

  /** Goes on at another rate from now. */
  change(perSecond: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#rate = { ...this.#rate, perSecond };
  }

  /** Takes away what has been saved up: from now on the rate alone decides. */
  drain(nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  /** How long until one may pass, milliseconds; 0 when one may now. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#rate.perSecond) * 1_000);
  }

  /** @returns whether one may pass, and if so counts it */
  take(nowMs: number): boolean {
    if (this.waitMs(nowMs) > 0) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill(nowMs: number): void {
    // A clock that was set back must not cost what has been saved up.
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs / 1_000) * this.#rate.perSecond);
    this.#atMs = nowMs;
  }
}
