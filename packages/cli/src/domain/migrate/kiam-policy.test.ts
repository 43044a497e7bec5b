import { describe, expect, test } from "@jest/globals";
import { alternatives, kiamExpression } from "./kiam-policy.ts";

const A = "arn:aws:iam::123456789012:role/a";
const B = "arn:aws:iam::123456789012:role/b";

describe("what kiam made of an expression", () => {
  test("of alternatives: whatever begins with the first and whatever ends with the last", () => {
    const meant = kiamExpression(`${A}|${B}`, true);
    expect([A, B, `${A}dmin`, `x-${B}`].map((arn) => meant?.matches(arn))).toEqual([true, true, true, true]);
    expect([`x-${A}`, `${B}x`].map((arn) => meant?.matches(arn))).toEqual([false, false]);
  });

  test("of one in a group: exactly that", () => {
    const meant = kiamExpression(`(${A}|${B})`, true);
    expect([A, B, `${A}dmin`, `x-${B}`].map((arn) => meant?.matches(arn))).toEqual([true, true, false, false]);
  });

  test("without strictness: whatever holds a match", () => {
    expect(kiamExpression("role/a", false)?.matches(`${A}dmin`)).toBe(true);
    expect(kiamExpression("role/a", true)?.matches(A)).toBe(false);
  });

  test("of what is none: nothing", () => expect(kiamExpression("(", true)).toBeUndefined());
});

test.each([
  ["a", ["a"]],
  ["a|b", ["a", "b"]],
  ["(a|b)|c", ["(a|b)", "c"]],
  ["[|]|x", ["[|]", "x"]],
  ["a\\|b", ["a\\|b"]],
  ["\\Qa|b\\E|c", ["\\Qa|b\\E", "c"]],
  ["a||b", ["a", "", "b"]],
])("the alternatives of %s are %j", (expression, expected) => expect(alternatives(expression)).toEqual(expected));
