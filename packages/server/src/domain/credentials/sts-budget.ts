import { type Rate, TokenBucket } from "@rolecall/common/time/token-bucket";

/** Even an account whose quota is used up by others is asked now and then. */
const SLOWEST_PER_SECOND = 1;
/** A second without throttling gives back this much of the full rate: about ten seconds from the bottom to the top. */
const RECOVERY_PER_SECOND = 0.1;
/** Many calls under way are throttled together; they count as one sign. */
const ONE_SIGN_MS = 1_000;

/**
 * A token bucket over all calls of a process to STS, whose quota (600 a second in an account and region) every caller in
 * the account shares. Throttling halves its rate at most once a second; quiet time gives it back slowly.
 */
export class StsBudget {
  readonly #full: Rate;
  readonly #bucket: TokenBucket;
  #perSecond: number;
  #recoveredAtMs: number;
  #throttledAtMs = Number.NEGATIVE_INFINITY;

  /** @param full what is allowed while STS does not throttle */
  constructor(full: Rate, nowMs: number) {
    this.#full = full;
    this.#bucket = new TokenBucket(full, nowMs);
    this.#perSecond = full.perSecond;
    this.#recoveredAtMs = nowMs;
  }

  /** Calls a second that are allowed now. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** @returns whether a call may be made now, and if so counts it */
  take(nowMs: number): boolean {
    this.#recover(nowMs);
    return this.#bucket.take(nowMs);
  }

  /** How long until a call may be made, milliseconds. */
  waitMs(nowMs: number): number {
    this.#recover(nowMs);
    return this.#bucket.waitMs(nowMs);
  }

  /** STS said that it is asked too often. */
  throttled(nowMs: number): void {
    this.#recover(nowMs);
    this.#bucket.drain(nowMs);
    if (nowMs - this.#throttledAtMs < ONE_SIGN_MS) return;
    this.#throttledAtMs = nowMs;
    this.#goAt(Math.max(Math.min(SLOWEST_PER_SECOND, this.#full.perSecond), this.#perSecond / 2), nowMs);
  }

  #recover(nowMs: number): void {
    const quietSeconds = Math.max(0, nowMs - this.#recoveredAtMs) / 1_000;
    this.#recoveredAtMs = nowMs;
    if (nowMs - this.#throttledAtMs < ONE_SIGN_MS || this.#perSecond === this.#full.perSecond) return;
    const recovered = this.#perSecond + quietSeconds * RECOVERY_PER_SECOND * this.#full.perSecond;
    this.#goAt(Math.min(this.#full.perSecond, recovered), nowMs);
  }

  #goAt(perSecond: number, nowMs: number): void {
    this.#perSecond = perSecond;
    this.#bucket.change(perSecond, nowMs);
  }
}
