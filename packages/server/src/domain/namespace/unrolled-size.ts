/** Steps of an expression: quoted text, an escape, a class, a counted repetition, or else a single character. */
const TOKEN =
  /\\Q[\s\S]*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/g;
const QUOTED = /^\\Q/;
const REPETITION = /^\{\d/;

/**
 * About how many steps an RE2 expression has once its counted repetitions are written out: `(ab){3}` has six, and nested
 * ones multiply. The engine's program has at most a few times as many instructions. It tells an expression that would
 * be costly to compile without compiling it.
 */
export function unrolledSize(pattern: string): number {
  const enclosing: number[] = [];
  let group = 0;
  let last = 0;
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token === "(") {
      enclosing.push(group);
      group = 0;
      last = 0;
    } else if (token === ")") {
      last = group + 2; // where the group begins and where it ends
      group = last + (enclosing.pop() ?? 0);
    } else if (REPETITION.test(token)) {
      const counts = token.slice(1, -1).split(",").map(Number);
      const repeated = last * Math.max(1, ...counts);
      group += repeated - last;
      last = repeated;
    } else {
      last = QUOTED.test(token) ? token.length : 1;
      group += last;
    }
  }
  return enclosing.reduce((sum, size) => sum + size, group);
}
