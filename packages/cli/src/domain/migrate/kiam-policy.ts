import { compileLinearRegexp, type LinearRegexp, TOO_LARGE } from "@rolecall/server/domain/namespace/linear-regexp";
import type { Asking } from "./examine-pods.ts";

/** What decides how an installation of kiam reads a namespace's expression. */
export interface KiamReading {
  /** False with --disable-strict-namespace-regexp. */
  readonly isStrict: boolean;
  /** Undefined where it is not known. */
  readonly majorVersion: number | undefined;
}

/**
 * What kiam made of a namespace's expression. It puts `^` and `$` around it without a group, so that they belong to the
 * first and the last alternative alone; with --disable-strict-namespace-regexp it puts nothing there. Then it searches the
 * text, which `matches` does not: hence what stands around it here. One that is too large to be tried here matches all, as
 * nothing is known to be denied by it.
 *
 * @returns undefined for what is no expression of RE2
 */
export function kiamExpression(permitted: string, isStrict: boolean): LinearRegexp | undefined {
  const searched = isStrict ? `^${permitted}$` : permitted;
  // By itself too: a bracket too many would close the group that is put around it.
  const alone = compileLinearRegexp(searched);
  const around = compileLinearRegexp(`(?s:.*)(?:${searched})(?s:.*)`);
  if (alone === TOO_LARGE || around === TOO_LARGE) return { matches: () => true };
  return alone.kind === "valid" && around.kind === "valid" ? around.value : undefined;
}

/** Before, it was the annotation as it stands (kiam's docs/UPGRADING.md). */
const FIRST_TO_MATCH_ARNS = 4;

/** What kiam holds a namespace's expression against for a pod; either, where its version is not known. */
export function heldAgainst({ reference, roleArn }: Asking, { majorVersion }: KiamReading): readonly string[] {
  if (majorVersion === undefined) return [roleArn, reference];
  return [majorVersion >= FIRST_TO_MATCH_ARNS ? roleArn : reference];
}

/**
 * An expression of whole ARNs that means to a kiam before v4 what it had, so that a namespace can have it before the move.
 *
 * @returns undefined where none is at hand that permits the pod its role
 */
export function forBoth(permitted: string, { reference, roleArn }: Asking): string | undefined {
  const name = reference.replace(/^\//, "");
  if (!roleArn.endsWith(name)) return undefined;
  const prefix = literally(roleArn.slice(0, roleArn.length - name.length));
  // An anchor before the name would keep the prefix out.
  const names = alternatives(permitted).map((part) => part.replace(/^\^/, "").replace(/(?<!\\)\$$/, ""));
  const both = `(?:${prefix})?(?:${names.join("|")})`;
  const compiled = compileLinearRegexp(both);
  return compiled.kind === "valid" && compiled.value.matches(roleArn) ? both : undefined;
}

/** An expression of that ARN alone: of what one may hold, these mean something to RE2. */
export const literally = (arn: string): string => arn.replaceAll(/[.+]/g, "\\$&");

/** Quoted text, an escape, a class, or else a single character. */
const TOKEN = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|[\s\S]/g;

/** The alternatives of an expression outside any group; one where there is no `|`. */
export function alternatives(expression: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const [token] of expression.matchAll(TOKEN)) {
    if (token === "|" && depth === 0) {
      parts.push("");
      continue;
    }
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    parts[parts.length - 1] += token;
  }
  return parts;
}
