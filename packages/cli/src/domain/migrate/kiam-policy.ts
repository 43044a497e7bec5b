import { compileLinearRegexp, type LinearRegexp } from "@rolecall/server/domain/namespace/linear-regexp";

/**
 * What kiam made of a namespace's expression. It puts `^` and `$` around it without a group, so that they belong to the
 * first and the last alternative alone; with --disable-strict-namespace-regexp it puts nothing there. Then it searches the
 * ARN, which `matches` does not: hence what stands around it here.
 *
 * @returns undefined for what is no expression of RE2
 */
export function kiamExpression(permitted: string, isStrict: boolean): LinearRegexp | undefined {
  const searched = isStrict ? `^${permitted}$` : permitted;
  const compiled = compileLinearRegexp(`(?s:.*)(?:${searched})(?s:.*)`);
  return compiled.kind === "valid" ? compiled.value : undefined;
}

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
