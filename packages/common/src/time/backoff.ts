export interface Backoff {
  /** The longest first delay. */
  readonly baseMs: number;
  /** No delay is longer. */
  readonly capMs: number;
}

/**
 * The delay before a retry: exponential, and uniformly random below that bound ("full jitter"), so that many clients that
 * failed together do not come back together.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param random uniform in [0, 1)
 * @returns milliseconds, at least a tenth of the bound so that a retry never follows at once
 */
export function backoffDelayMs({ baseMs, capMs }: Backoff, failures: number, random: () => number): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** (Math.max(1, failures) - 1));
  return boundMs * (0.1 + 0.9 * random());
}
