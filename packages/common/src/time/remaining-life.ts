/** What lives for a while: credentials, a certificate. Milliseconds since 1970. */
export interface Lifespan {
  readonly receivedAtMs: number;
  readonly expiresAtMs: number;
}

const MINUTE_MS = 60_000;

/** From the shortest; the first whose bound is greater than what is left. */
const CLASSES = [
  ["expired", 0],
  ["under-5m", 5 * MINUTE_MS],
  ["under-15m", 15 * MINUTE_MS],
  ["under-30m", 30 * MINUTE_MS],
] as const;
const LONGEST = "over-30m";

export const REMAINING_CLASSES = [...CLASSES.map(([name]) => name), LONGEST] as const;

/** How much life is left, as one word of a closed list. */
export function remainingClass({ expiresAtMs }: Lifespan, nowMs: number): (typeof REMAINING_CLASSES)[number] {
  const leftMs = expiresAtMs - nowMs;
  return CLASSES.find(([, bound]) => (bound === 0 ? leftMs <= 0 : leftMs < bound))?.[0] ?? LONGEST;
}

/** Which share of its life is left, from 1 to 0. */
export function lifeLeft({ receivedAtMs, expiresAtMs }: Lifespan, nowMs: number): number {
  const share = (expiresAtMs - nowMs) / (expiresAtMs - receivedAtMs);
  return Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
}
