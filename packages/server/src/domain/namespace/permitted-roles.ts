import type { RoleArn } from "../role/role-arn.ts";
import { compileLinearRegexp } from "./linear-regexp.ts";
import { memoize } from "./memoize.ts";
import type { Namespace } from "./namespace.ts";

/** What a namespace's annotation says of the roles its pods may have. */
export type PermittedRoles =
  /** There is no policy, so no role is permitted. */
  | { readonly kind: "missing" }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "policy"; readonly permits: (arn: RoleArn) => boolean };

/** Long enough for some forty ARNs; a longer annotation is refused. */
export const MAX_POLICY_LENGTH = 4_096;

const REMEMBERED_POLICIES = 256;
const REMEMBERED_VERDICTS = 1_000;

/**
 * Reads a namespace's policy: an RE2 expression that must match a whole role ARN. kiam puts `^` and `$` around it without
 * a group, so that there `a|b` permits whatever begins with `a` or ends with `b`; here it permits `a` and `b`.
 */
export function permittedRoles({ permitted }: Namespace): PermittedRoles {
  return permitted === undefined || permitted === "" ? { kind: "missing" } : readPolicy(permitted);
}

const readPolicy = memoize(REMEMBERED_POLICIES, (text: string): PermittedRoles => {
  if (text.length > MAX_POLICY_LENGTH) {
    return { kind: "malformed", detail: `must be at most ${MAX_POLICY_LENGTH} characters long` };
  }
  const regexp = compileLinearRegexp(text);
  if (regexp.kind === "malformed") return { kind: "malformed", detail: `must be an RE2 expression: ${regexp.detail}` };
  return { kind: "policy", permits: memoize(REMEMBERED_VERDICTS, (arn: RoleArn) => regexp.value.matches(arn)) };
});
