import { expect, test } from "@jest/globals";
import { TokenBuckets } from "./token-buckets.ts";

const RATE = { burst: 2, perSecond: 1 };

test("each key has a rate of its own", () => {
  const buckets = new TokenBuckets(RATE);
  expect([buckets.take("a", 0), buckets.take("a", 0), buckets.take("a", 0), buckets.take("b", 0)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect([buckets.allows("a", 0), buckets.allows("b", 0), buckets.allows("c", 0)]).toEqual([false, true, true]);
  expect(buckets.allows("a", 1_000)).toBe(true);
});

test("keys that have been quiet for long are forgotten, one that never is quiet notwithstanding", () => {
  const buckets = new TokenBuckets(RATE);
  for (let second = 0; second < 1_000; second += 1) {
    buckets.take("always", second * 1_000);
    buckets.take(`once-${second}`, second * 1_000);
  }
  expect(buckets.size).toBeLessThan(5);
});
