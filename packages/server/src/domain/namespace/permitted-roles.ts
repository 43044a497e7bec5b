import { malformed, type Parsed } from "../role/parsed.ts";
import type { RoleArn } from "../role/role-arn.ts";
import { type BaseArn, rolePrefix } from "../role/role-reference.ts";
import { parseAllowedRoles } from "./allowed-roles.ts";
import { compileLinearRegexp, type LinearRegexp } from "./linear-regexp.ts";
import { memoize } from "./memoize.ts";
import { ALLOWED_ROLES_ANNOTATION, type Namespace, PERMITTED_ANNOTATION } from "./namespace.ts";

/** What a namespace's annotation says of the roles its pods may have. */
export type PermittedRoles =
  /** There is no policy, so no role is permitted. */
  | { readonly kind: "missing" }
  | { readonly kind: "malformed"; readonly annotation: string; readonly detail: string }
  | { readonly kind: "policy"; readonly annotation: string; readonly permits: (arn: RoleArn) => boolean };

export interface NamespacePolicyRules {
  /** What entries of `allowed-roles` that are no ARNs are relative to; undefined where it is not known. */
  readonly baseArn: BaseArn | undefined;
  /** Whether kube2iam's annotation counts where the namespace has none of ours. */
  readonly readsAllowedRoles: boolean;
}

/** Long enough for some forty ARNs; a longer annotation is refused. */
export const MAX_POLICY_LENGTH = 4_096;

const REMEMBERED_POLICIES = 256;
const REMEMBERED_VERDICTS = 1_000;

/**
 * Reads a namespace's policy: an RE2 expression that must match a whole role ARN. kiam puts `^` and `$` around it without
 * a group, so that there `a|b` permits whatever begins with `a` or ends with `b`; here it permits `a` and `b`. Where it
 * stands, an empty one included, kube2iam's annotation says nothing: one place tells what a namespace may have.
 */
export function permittedRoles({ permitted, allowedRoles }: Namespace, rules: NamespacePolicyRules): PermittedRoles {
  if (permitted !== undefined) return permitted === "" ? MISSING : readPermitted(permitted);
  if (!rules.readsAllowedRoles || allowedRoles === undefined) return MISSING;
  return allowedRolesUnder(rules.baseArn && rolePrefix(rules.baseArn))(allowedRoles);
}

const MISSING: PermittedRoles = { kind: "missing" };

const readPermitted = policyReader(PERMITTED_ANNOTATION, (text) => {
  const regexp = compileLinearRegexp(text);
  return regexp.kind === "malformed" ? malformed(`must be an RE2 expression: ${regexp.detail}`) : regexp;
});

/** The prefix changes once at most, when the server learns its account. */
const allowedRolesUnder = memoize(2, (prefix: string | undefined) =>
  policyReader(ALLOWED_ROLES_ANNOTATION, (text) => parseAllowedRoles(text, prefix)),
);

function policyReader(annotation: string, parse: (text: string) => Parsed<LinearRegexp>) {
  return memoize(REMEMBERED_POLICIES, (text: string): PermittedRoles => {
    if (text.length > MAX_POLICY_LENGTH) {
      return { kind: "malformed", annotation, detail: `must be at most ${MAX_POLICY_LENGTH} characters long` };
    }
    const roles = parse(text);
    if (roles.kind === "malformed") return { kind: "malformed", annotation, detail: roles.detail };
    const permits = memoize(REMEMBERED_VERDICTS, (arn: RoleArn) => roles.value.matches(arn));
    return { kind: "policy", annotation, permits };
  });
}
