import { describe, expect, test } from "@jest/globals";
import { median, percentile } from "./latency.ts";

describe("figures of a sample", () => {
  test("a percentile is a value that was measured", () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([50, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
  });

  test("a median stands in the middle, whatever the order", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("no samples are no figure", () => {
    expect([percentile([], 0.99), median([])]).toEqual([0, 0]);
  });
});
