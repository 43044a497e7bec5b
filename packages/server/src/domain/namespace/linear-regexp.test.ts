import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileLinearRegexp } from "./linear-regexp.ts";

const matches = (pattern: string, text: string) => {
  const compiled = compileLinearRegexp(pattern);
  if (compiled.kind === "malformed") throw new Error(compiled.detail);
  return compiled.value.matches(text);
};

describe("compileLinearRegexp", () => {
  test("both ends are anchored, whatever the alternation", () => {
    expect(matches("a|b", "a")).toBe(true);
    expect(matches("a|b", "b")).toBe(true);
    expect(matches("a|b", "ax")).toBe(false);
    expect(matches("a|b", "xb")).toBe(false);
    expect(matches("a|ab", "ab")).toBe(true);
    expect(matches("(?m)^a$", "x\na")).toBe(false);
    expect(matches("^a$", "a")).toBe(true);
  });

  test.each([
    ["(?i)ARN:.*", "arn:aws"],
    ["\\Aarn\\z", "arn"],
    ["(?P<partition>aws|aws-cn)", "aws-cn"],
    ["[[:alpha:]]+", "abc"],
    ["\\Qa.b\\E", "a.b"],
  ])("RE2's own syntax is understood: %s matches %s", (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  test.each(["a(?=b)", "a(?!b)", "(?<=a)b", "(a)\\1", "a)|(?:b", "(", "[", "*", "a{2000}", "\\"])(
    "%s is malformed, in the engine's words",
    (pattern) => {
      expect(compileLinearRegexp(pattern)).toEqual({
        kind: "malformed",
        detail: expect.stringContaining("error parsing regexp"),
      });
    },
  );

  test.each([".{0,1000}", "(?:a?){1000}", "\\Q[\\E.{0,1000}"])("many of %s are too large to be run", (part) => {
    expect(compileLinearRegexp(part.repeat(100))).toEqual({
      kind: "malformed",
      detail: expect.stringContaining("too large"),
    });
  });

  test("an expression just over the bound is refused though its counted repetitions are few", () => {
    expect(compileLinearRegexp(".{0,1000}".repeat(3)).kind).toBe("malformed");
    expect(compileLinearRegexp(".{0,1000}".repeat(2)).kind).toBe("valid");
  });

  test("the longest list of plain ARNs fits", () => {
    const arns = Array.from({ length: 80 }, (_, index) => `arn:aws:iam::\\d{12}:role/team-${index}/.*`).join("|");
    expect(arns.length).toBeGreaterThan(2_500);
    expect(matches(arns, "arn:aws:iam::123456789012:role/team-7/app")).toBe(true);
  });

  test("what backtracking engines need exponential time for is answered", () => {
    expect(matches("(a+)+", `${"a".repeat(600)}!`)).toBe(false);
    expect(matches("(a|aa)*b", "a".repeat(600))).toBe(false);
    expect(matches("(.*)*(.*)*x", "a".repeat(600))).toBe(false);
  });

  test("any text is either an expression or malformed", () => {
    const symbols = fc.constantFrom(..."ab.*+?()[]{}|^$\\,0123456789:-QEpP<>i".split(""));
    fc.assert(
      fc.property(fc.string({ unit: symbols }), (pattern) => {
        const compiled = compileLinearRegexp(pattern);
        if (compiled.kind === "valid") compiled.value.matches("ab");
      }),
    );
  });
});
