import { expect, test } from "@jest/globals";
import { memoized } from "./memo.ts";

test("computes once what is asked again", () => {
  const computed: string[] = [];
  const length = memoized((key) => computed.push(key) && key.length, 8);
  expect([length("abc"), length("abc"), length("de")]).toEqual([3, 3, 2]);
  expect(computed).toEqual(["abc", "de"]);
});

test("keeps no more than its bound, and still answers rightly beyond it", () => {
  const computed: string[] = [];
  const same = memoized((key) => computed.push(key) && key, 2);
  for (const key of ["a", "b", "c", "a"]) expect(same(key)).toBe(key);
  expect(computed).toEqual(["a", "b", "c", "a"]);
});

test("remembers no long key", () => {
  let computed = 0;
  const memo = memoized(() => ++computed, 8);
  memo("x".repeat(10_000));
  memo("x".repeat(10_000));
  expect(computed).toBe(2);
});
