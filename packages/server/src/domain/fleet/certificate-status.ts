import type { CertificateStatus } from "./fleet-report.ts";

const LATEST_MS = 14 * 24 * 3_600_000;
const LATEST_SHARE = 0.2;

/**
 * How long a certificate has, and from when on it should have been renewed: with a fifth of its life left, and 14 days at
 * most. Managed certificates are renewed at half of their life, cert-manager's with a third left, and a person needs days.
 */
export function certificateStatus(name: string, validFromMs: number, expiresAtMs: number): CertificateStatus {
  const overdueAtMs = expiresAtMs - Math.min(LATEST_MS, (expiresAtMs - validFromMs) * LATEST_SHARE);
  return {
    name,
    expiresAt: new Date(expiresAtMs).toISOString(),
    overdueAt: new Date(overdueAtMs).toISOString(),
  };
}
