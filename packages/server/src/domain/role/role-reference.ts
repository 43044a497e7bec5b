import { malformed, type Parsed, quoted, valid } from "./parsed.ts";
import { ownerProblem, parseRoleArn, pathProblem, type RoleArn, textProblem } from "./role-arn.ts";

/** What a role reference that is not a full ARN is relative to. */
export interface BaseArn {
  readonly partition: string;
  readonly accountId: string;
  /** Begins and ends with a slash; "/" alone where no path is set before every name. */
  readonly path: string;
}

/**
 * Resolves what a role annotation says, as kiam and kube2iam do: a full ARN is taken as it is, whatever its account;
 * a name (`app`) or a path with a name (`team/app`, `/team/app`) is appended to the base.
 *
 * @param base undefined where it is neither configured nor known yet, which leaves only full ARNs
 */
export function resolveRoleReference(reference: string, base: BaseArn | undefined): Parsed<RoleArn> {
  const problem = textProblem(reference);
  if (problem !== undefined) return malformed(problem);
  // In any case of letters: no path begins so by intent, and a role other than the one meant helps nobody.
  if (/^arn:/i.test(reference)) return parseRoleArn(reference);
  if (base === undefined) {
    return malformed(
      `must be a full ARN, but is ${quoted(reference)}: the server knows no account to complete it with (--role-base-arn)`,
    );
  }
  return parseRoleArn(rolePrefix(base) + reference.replace(/^\//, ""));
}

/** What a name is appended to: `arn:aws:iam::123456789012:role/`. */
export const rolePrefix = ({ partition, accountId, path }: BaseArn): string =>
  `arn:${partition}:iam::${accountId}:role${path}`;

/** Reads `arn:aws:iam::123456789012:role/` or, with a path, `…:role/team/`; the last slash may be missing. */
export function parseBaseArn(text: string): Parsed<BaseArn> {
  const problem = textProblem(text);
  if (problem !== undefined) return malformed(problem);
  const match = /^arn:([^:]*):iam::([^:]*):role(?:\/(.*))?$/.exec(text);
  if (!match) return malformed(`must have the form arn:aws:iam::123456789012:role/, but is ${quoted(text)}`);
  const [, partition = "", accountId = "", inner = ""] = match;
  const path = inner === "" ? "/" : `/${inner.replace(/\/$/, "")}/`;
  const wrong = ownerProblem(partition, accountId) ?? pathProblem(path);
  return wrong === undefined ? valid({ partition, accountId, path }) : malformed(wrong);
}

/**
 * The base that follows from who the server is to AWS: the same partition and account, no path.
 *
 * @param arn what `sts:GetCallerIdentity` answered: an assumed role's session, a role, a user, an account's root
 * @returns undefined for anything else
 */
export function baseArnFromCallerIdentity(arn: string): BaseArn | undefined {
  const [scheme, partition = "", service = "", region, accountId = ""] = arn.split(":");
  const isIdentity = scheme === "arn" && region === "" && (service === "iam" || service === "sts");
  if (!isIdentity || ownerProblem(partition, accountId) !== undefined) return undefined;
  return { partition, accountId, path: "/" };
}
