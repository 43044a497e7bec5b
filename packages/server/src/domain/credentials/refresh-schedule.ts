import type { FailedReason } from "@rolecall/common/reasons/reasons";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";

/**
 * When to ask STS again for credentials already held: after 40 to 48 % of their life, moved at random in between so that
 * what was obtained together is not refreshed together. With sessions of one hour and the five minutes by which the
 * agent shortens the expiration it hands out, a client never sees under 25 minutes left: botocore would extend such
 * credentials by itself, and raises when a refresh fails in their last 15 minutes.
 *
 * @param random uniform in [0, 1)
 * @returns milliseconds since 1970, before `expiresAtMs`
 */
export const refreshAtMs = (receivedAtMs: number, expiresAtMs: number, random: () => number): number =>
  receivedAtMs + (expiresAtMs - receivedAtMs) * (0.4 + 0.08 * random());

const TRANSIENT: Backoff = { baseMs: 500, capMs: 30_000 };
const THROTTLED: Backoff = { baseMs: 1_000, capMs: 20_000 };
/**
 * A refusal heals when a person changes IAM, which is eventually consistent: asking sooner than after ten seconds, or more
 * often, helps nobody.
 */
const REFUSED: Backoff = { baseMs: 12_500, capMs: 300_000, jitter: 0.2 };

const BACKOFF: Readonly<Record<FailedReason, Backoff>> = {
  "sts-access-denied": REFUSED,
  "sts-invalid-request": REFUSED,
  "sts-throttled": THROTTLED,
  "sts-unreachable": TRANSIENT,
  "sts-own-credentials": TRANSIENT,
  "sts-clock-skew": TRANSIENT,
};

/** Whether STS was asked and said no, which only a person changes. */
export const isRefusal = (reason: FailedReason): boolean => BACKOFF[reason] === REFUSED;

/** How long to wait before STS is asked again. @param failures how many attempts have failed in a row, from 1 */
export const retryDelayMs = (reason: FailedReason, failures: number, random: () => number): number =>
  backoffDelayMs(BACKOFF[reason], failures, random);
