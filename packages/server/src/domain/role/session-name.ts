import { fnv1a } from "./fnv1a.ts";
import { malformed, type Parsed, quoted, valid } from "./parsed.ts";

/** The limits of AssumeRole's RoleSessionName (STS API reference). */
const MIN_LENGTH = 2;
const MAX_LENGTH = 64;
const SESSION_NAME = new RegExp(`^[\\w+=,.@-]{${MIN_LENGTH},${MAX_LENGTH}}$`);

/**
 * How CloudTrail names a pod that does not choose: `<namespace>.<serviceaccount>`, so that the pods of a workload share
 * one assumption. A namespace holds no dot, so the two parts can be told apart.
 *
 * A name that is too long ends in a hash of the whole. Two service accounts whose names hash alike would share a session
 * name; that misleads CloudTrail, as the session-name annotation may too, and gives neither a role it may not have.
 */
export function defaultSessionName(namespace: string, serviceAccount: string): string {
  const whole = `${namespace}.${serviceAccount}`.replace(/[^\w+=,.@-]/g, "-");
  if (whole.length <= MAX_LENGTH) return whole;
  const hash = fnv1a(whole);
  return `${whole.slice(0, MAX_LENGTH - hash.length - 1)}-${hash}`;
}

export function parseSessionName(text: string): Parsed<string> {
  if (SESSION_NAME.test(text)) return valid(text);
  return malformed(
    `must be ${MIN_LENGTH} to ${MAX_LENGTH} letters, digits and _+=,.@- (no space), but is ${quoted(text)}`,
  );
}
