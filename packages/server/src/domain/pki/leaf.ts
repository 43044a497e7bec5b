import type { Authority } from "./authority.ts";
import { BACKDATE_MS, type PkiSettings } from "./pki-settings.ts";

/** From when to when a certificate is valid. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Of a certificate that an authority signs now: it never outlives the authority. */
export const leafValidity = (authority: Authority, nowMs: number, { leafLifeMs }: PkiSettings): Validity => ({
  notBeforeMs: nowMs - BACKDATE_MS,
  notAfterMs: Math.min(authority.notAfterMs, nowMs + leafLifeMs),
});
