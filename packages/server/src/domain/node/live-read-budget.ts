/** As many pods as a large node starts at once: EKS allows a node up to 250. */
const BURST = 250;
const PER_SECOND = 20;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

const tokensAt = ({ tokens, atMs }: Bucket, nowMs: number): number =>
  Math.min(BURST, tokens + ((nowMs - atMs) / 1_000) * PER_SECOND);

/** A token bucket a node: how many live reads of pods it may cause, so that no node can make the server storm the API. */
export class LiveReadBudget {
  readonly #buckets = new Map<string, Bucket>();

  /** @returns whether one more live read is allowed, and if so counts it */
  take(node: string, nowMs: number): boolean {
    const tokens = tokensAt(this.#buckets.get(node) ?? { tokens: BURST, atMs: nowMs }, nowMs);
    if (tokens < 1) return false;
    this.#forgetFull(nowMs);
    this.#buckets.set(node, { tokens: tokens - 1, atMs: nowMs });
    return true;
  }

  /** A full bucket says nothing: what is kept is bounded by the nodes that asked within the last seconds. */
  #forgetFull(nowMs: number): void {
    for (const [node, bucket] of this.#buckets) {
      if (tokensAt(bucket, nowMs) < BURST) return;
      this.#buckets.delete(node);
    }
  }
}
