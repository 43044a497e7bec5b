export interface Backoff {
  /** The longest first delay. */
  readonly baseMs: number;
  /** No delay is longer. */
  readonly capMs: number;
  /** Which part of a delay is left to chance, 0 to 1; 0.9 when absent. */
  readonly jitter?: number;
}

/** "Full jitter", but for a tenth, so that a retry never follows at once. */
const MOST = 0.9;

/**
 * The delay before a retry: an exponential bound, and below it uniformly random, so that many clients that failed together do
 * not come back together.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param random uniform in [0, 1)
 * @returns milliseconds, at least the part of the bound that is not left to chance
 */
export function backoffDelayMs(
  { baseMs, capMs, jitter = MOST }: Backoff,
  failures: number,
  random: () => number,
): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** (Math.max(1, failures) - 1));
  return boundMs * (1 - jitter + jitter * random());
}
