import { type Rate, TokenBucket } from "./token-bucket.ts";

/** A token bucket for each key, kept only while it is not full: what is kept is bounded by who came lately. */
export class TokenBuckets {
  readonly #rate: Rate;
  /** Least lately used first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Whether one more of this key might pass; counts nothing. */
  allows(key: string, nowMs: number): boolean {
    return (this.#buckets.get(key)?.waitMs(nowMs) ?? 0) === 0;
  }

  /** @returns whether one more of this key may pass, and if so counts it */
  take(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, nowMs);
    if (!bucket.take(nowMs)) return false;
    this.#buckets.delete(key);
    this.#forgetFull(nowMs);
    this.#buckets.set(key, bucket);
    return true;
  }

  /** A full bucket says nothing. */
  #forgetFull(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (!bucket.isFull(nowMs)) return;
      this.#buckets.delete(key);
    }
  }
}
