import { type Rate, TokenBucket } from "@rolecall/common/time/token-bucket";

/** At once as many as a large node starts pods: EKS allows a node up to 250. */
const PER_NODE: Rate = { burst: 250, perSecond: 20 };

/** How many live reads of pods each node may cause, so that none can make the server storm the API. */
export class LiveReadBudget {
  readonly #buckets = new Map<string, TokenBucket>();

  /** @returns whether one more live read is allowed, and if so counts it */
  take(node: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(node) ?? new TokenBucket(PER_NODE, nowMs);
    if (!bucket.take(nowMs)) return false;
    this.#forgetFull(nowMs);
    this.#buckets.set(node, bucket);
    return true;
  }

  /** A full bucket says nothing: what is kept is bounded by the nodes that asked within the last seconds. */
  #forgetFull(nowMs: number): void {
    for (const [node, bucket] of this.#buckets) {
      if (!bucket.isFull(nowMs)) return;
      this.#buckets.delete(node);
    }
  }
}
