import { malformed, type Parsed } from "../role/parsed.ts";
import { compileLinearRegexp, type LinearRegexp } from "./linear-regexp.ts";

/**
 * Reads kube2iam's policy of a namespace: a JSON array of role names, paths or ARNs, any of which may be permitted. In a
 * pattern `*` stands for any characters but a slash and `**` for any at all; kube2iam's `*` crosses slashes, so that there
 * `team-*` permits `team-a/admin` too. What is no ARN is relative to the base ARN, as in a pod's annotation.
 *
 * @param prefix what a role name is appended to, `arn:aws:iam::123456789012:role/`; undefined where it is not known,
 *   which leaves entries that are ARNs
 */
export function parseAllowedRoles(text: string, prefix: string | undefined): Parsed<LinearRegexp> {
  const patterns = parseJson(text);
  if (!Array.isArray(patterns)) return malformed('must be a JSON array of roles, such as ["app", "team/*"]');
  const expressions: string[] = [];
  for (const [index, pattern] of patterns.entries()) {
    if (typeof pattern !== "string" || pattern === "") {
      return malformed(`must hold roles only, but entry ${index + 1} is no text or an empty one`);
    }
    if (pattern.startsWith("arn:")) expressions.push(globExpression(pattern));
    else if (prefix !== undefined) expressions.push(globExpression(prefix + pattern.replace(/^\//, "")));
  }
  // An empty alternation would match the empty text, which is no ARN, and so permit nothing.
  return compileLinearRegexp(expressions.join("|"));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const globExpression = (pattern: string): string =>
  pattern.replace(/\*\*+|\*|[^\w*]/g, (symbol) =>
    symbol === "*" ? "[^/]*" : symbol.startsWith("**") ? ".*" : escaped(symbol),
  );

/** RE2 takes a backslash only before punctuation; anything else stands for itself. */
const escaped = (symbol: string): string => (/[\x21-\x7e]/.test(symbol) ? `\\${symbol}` : symbol);
