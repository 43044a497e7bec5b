import { expect, test } from "@jest/globals";
import { unrolledSize } from "./unrolled-size.ts";

test.each([
  ["", 0],
  ["abc", 3],
  ["a{3}", 3],
  ["a{2,5}", 5],
  ["a{2,}", 2],
  ["a{0}", 1],
  ["(ab){3}", 12],
  ["((a){10}){10}", 320],
  ["\\{3}", 3],
  ["[(){3}]{5}", 5],
  ["[]{3}]{5}", 5],
  ["[[:alpha:]]{5}", 5],
  ["\\pL{5}", 6],
  ["\\p{Greek}{5}", 5],
  ["\\x{100}{5}", 5],
  ["\\Q[\\Ea{5}", 10],
  ["\\Q(a{5}", 7],
  ["(a", 1],
  ["a)", 3],
  ["[a", 2],
  ["a{,5}", 5],
])("%s has about %d steps", (pattern, steps) => {
  expect(unrolledSize(pattern)).toBe(steps);
});
