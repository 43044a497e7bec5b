import { malformed, type Parsed, quoted, valid } from "./parsed.ts";

/** The shortest session that AssumeRole gives (STS API reference). */
const MIN_SESSION_SECONDS = 900;

const DURATION = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/**
 * Reads a session's duration as Go writes it: `1h`, `30m`, `1h0m0s`, `1800s`.
 *
 * @param maxSeconds what STS allows at most: 3600 for a server that is itself an assumed role ("role chaining")
 * @returns seconds
 */
export function parseSessionDuration(text: string, maxSeconds: number): Parsed<number> {
  const match = DURATION.exec(text);
  if (!match) return malformed(`must be a duration such as 15m, 1h or 1800s, but is ${quoted(text)}`);
  const [hours, minutes, seconds] = match.slice(1).map((amount) => Number(amount ?? 0));
  const total = (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  if (total >= MIN_SESSION_SECONDS && total <= maxSeconds) return valid(total);
  return malformed(`must be from ${MIN_SESSION_SECONDS}s to ${maxSeconds}s, but is ${quoted(text)}`);
}
