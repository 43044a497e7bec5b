import { expect, test } from "@jest/globals";
import { retryDelayMs } from "./refresh-schedule.ts";

test.each([
  ["sts-access-denied", 1, 10_000, 12_500],
  ["sts-access-denied", 2, 20_000, 25_000],
  ["sts-access-denied", 20, 240_000, 300_000],
  ["sts-unreachable", 1, 50, 500],
  ["sts-throttled", 20, 2_000, 20_000],
] as const)("after %s, %d times in a row, STS is asked again in %d to %d ms", (reason, failures, leastMs, mostMs) => {
  expect(retryDelayMs(reason, failures, () => 0)).toBeCloseTo(leastMs);
  expect(retryDelayMs(reason, failures, () => 1)).toBeCloseTo(mostMs);
});
