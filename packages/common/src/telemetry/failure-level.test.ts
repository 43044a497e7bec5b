import { expect, test } from "@jest/globals";
import { failureLevel } from "./failure-level.ts";

test("of a hundred failures in a row the first is a warning, and later ones ever more seldom", () => {
  const warnings = Array.from({ length: 100 }, (_, index) => index + 1).filter((nth) => failureLevel(nth) === "warn");
  expect(warnings).toEqual([1, 2, 4, 8, 16, 32, 64]);
});
