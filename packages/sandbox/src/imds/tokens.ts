import { randomBytes } from "node:crypto";
import type { Clock } from "@rolecall/common/time/clock";

/** Session tokens of IMDSv2. */
export class ImdsTokens {
  readonly #clock: Clock;
  readonly #expiresAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns undefined when the TTL is not a whole number of seconds from 1 to 21600 */
  issue(ttlText: string | undefined): { readonly token: string; readonly ttlSeconds: number } | undefined {
    const ttlSeconds = /^\d{1,5}$/.test(ttlText ?? "") ? Number(ttlText) : 0;
    if (ttlSeconds < 1 || ttlSeconds > 21_600) return undefined;
    const token = `${randomBytes(40).toString("base64url")}==`;
    this.#expiresAtMs.set(token, this.#clock.nowMs() + ttlSeconds * 1_000);
    return { token, ttlSeconds };
  }

  /** How long a token is still good for, in whole seconds; undefined for one that is not. */
  remainingSeconds(token: string): number | undefined {
    const remainingMs = (this.#expiresAtMs.get(token) ?? 0) - this.#clock.nowMs();
    return remainingMs > 0 ? Math.floor(remainingMs / 1_000) : undefined;
  }

  /** Makes every token invalid, as a restart of IMDS does. */
  forgetAll(): void {
    this.#expiresAtMs.clear();
  }
}
