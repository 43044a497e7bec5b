/** The life of a certificate as its holder counts it. */
export interface CertificateLife {
  readonly issuedAtMs: number;
  readonly notAfterMs: number;
  readonly renewAtMs: number;
}

/** A clock that is this much earlier than when a certificate was issued has moved. Issuers backdate by as much. */
const CLOCK_MOVED_MS = 5 * 60_000;

/**
 * A certificate's life from now, to be renewed at half of it, moved by up to ±10 % of that half, so that what was issued
 * together is not renewed together.
 *
 * @param random uniform in [0, 1)
 */
export const beginLife = (nowMs: number, notAfterMs: number, random: () => number): CertificateLife => ({
  issuedAtMs: nowMs,
  notAfterMs,
  renewAtMs: nowMs + ((notAfterMs - nowMs) / 2) * (0.9 + 0.2 * random()),
});

/** Whether it is time for a new one: half its life is over, or the clock has moved to before it is valid. */
export const isDue = ({ issuedAtMs, renewAtMs }: CertificateLife, nowMs: number): boolean =>
  nowMs >= renewAtMs || nowMs < issuedAtMs - CLOCK_MOVED_MS;
