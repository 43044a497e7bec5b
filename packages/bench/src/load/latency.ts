/** The value that a share of the samples does not exceed; 0 where there are none. @param sorted ascending */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted.length === 0 ? 0 : (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

/** Of an even number of values, the mean of the two in the middle; 0 where there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? upper;
  return (lower + upper) / 2;
}
