export interface StsBudgetOptions {
  /** AssumeRole calls a second in the long run, while STS does not throttle. */
  readonly perSecond: number;
  /** Calls that may be made at once after a quiet time. */
  readonly burst: number;
}

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
  readonly #full: StsBudgetOptions;
  #perSecond: number;
  #tokens: number;
  #atMs: number;
  #throttledAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: StsBudgetOptions, nowMs: number) {
    this.#full = options;
    this.#perSecond = options.perSecond;
    this.#tokens = options.burst;
    this.#atMs = nowMs;
  }

  /** Calls a second that are allowed now. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** @returns whether a call may be made now, and if so counts it */
  take(nowMs: number): boolean {
    this.#flow(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long until a call may be made, milliseconds. */
  waitMs(nowMs: number): number {
    this.#flow(nowMs);
    return Math.ceil((Math.max(0, 1 - this.#tokens) / this.#perSecond) * 1_000);
  }

  /** STS said that it is asked too often. */
  throttled(nowMs: number): void {
    this.#flow(nowMs);
    this.#tokens = Math.min(this.#tokens, 0);
    if (nowMs - this.#throttledAtMs < ONE_SIGN_MS) return;
    this.#throttledAtMs = nowMs;
    this.#perSecond = Math.max(Math.min(SLOWEST_PER_SECOND, this.#full.perSecond), this.#perSecond / 2);
  }

  #flow(nowMs: number): void {
    const seconds = Math.max(0, nowMs - this.#atMs) / 1_000;
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#full.burst, this.#tokens + seconds * this.#perSecond);
    const recovered = this.#perSecond + seconds * RECOVERY_PER_SECOND * this.#full.perSecond;
    if (nowMs - this.#throttledAtMs >= ONE_SIGN_MS) this.#perSecond = Math.min(this.#full.perSecond, recovered);
  }
}
