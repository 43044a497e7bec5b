import { expect, test } from "@jest/globals";
import { TokenBucket } from "./token-bucket.ts";

test("lets a burst through and then what the rate allows", () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 4 }, 0);
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
  expect(bucket.waitMs(0)).toBe(250);
  expect([bucket.take(249), bucket.take(250), bucket.take(250)]).toEqual([false, true, false]);
});

test("never holds more than the burst", () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 4 }, 0);
  expect([bucket.take(60_000), bucket.take(60_000), bucket.take(60_000)]).toEqual([true, true, false]);
});
