import { expect, test } from "@jest/globals";
import { memoize } from "./memoize.ts";

test("an answer is worked out once while it is remembered, undefined included", () => {
  const asked: string[] = [];
  const answer = memoize(2, (key: string) => {
    asked.push(key);
    return key === "none" ? undefined : key.length;
  });
  expect([answer("none"), answer("none"), answer("abc"), answer("abc")]).toEqual([undefined, undefined, 3, 3]);
  expect(asked).toEqual(["none", "abc"]);
});

test("at the limit the oldest answer is forgotten", () => {
  const asked: string[] = [];
  const answer = memoize(2, (key: string) => asked.push(key));
  for (const key of ["a", "b", "c", "b", "a"]) answer(key);
  expect(asked).toEqual(["a", "b", "c", "a"]);
});
