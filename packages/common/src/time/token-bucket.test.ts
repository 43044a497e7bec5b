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

test("is full again when the burst has been made good", () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 4 }, 0);
  bucket.take(0);
  expect([bucket.isFull(249), bucket.isFull(250)]).toEqual([false, true]);
});

test("goes on at a new rate, and without its savings when they are taken away", () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 4 }, 0);
  bucket.drain(0);
  bucket.change(1, 0);
  expect(bucket.waitMs(0)).toBe(1_000);
  expect([bucket.take(999), bucket.take(1_000)]).toEqual([false, true]);
});

test("loses nothing when the clock is set back by an hour, and fills again from then on", () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 4 }, 3_600_000);
  bucket.take(3_600_000);
  expect([bucket.take(0), bucket.take(0), bucket.take(250)]).toEqual([true, false, true]);
});
