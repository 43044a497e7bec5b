import { expect, test } from "@jest/globals";
import { beginLife, isDue } from "./certificate-life.ts";

const HOUR_MS = 3_600_000;

test.each([
  [0, 10.8],
  [0.5, 12],
  [0.999_999, 13.2],
])("a certificate of 24 h is due at about half of its life (chance %d: %d h)", (chance, hours) => {
  const life = beginLife(0, 24 * HOUR_MS, () => chance);
  expect(life.renewAtMs / HOUR_MS).toBeCloseTo(hours, 3);
  expect(isDue(life, life.renewAtMs - 1)).toBe(false);
  expect(isDue(life, life.renewAtMs)).toBe(true);
});

test("a certificate from the future is due: the clock has moved back", () => {
  const life = beginLife(10 * HOUR_MS, 34 * HOUR_MS, Math.random);
  expect(isDue(life, 10 * HOUR_MS - 5 * 60_000)).toBe(false);
  expect(isDue(life, 10 * HOUR_MS - 5 * 60_000 - 1)).toBe(true);
});
