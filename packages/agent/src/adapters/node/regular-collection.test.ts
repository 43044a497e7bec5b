import { expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { regularCollection } from "./regular-collection.ts";

test("what little a process leaves is collected every twenty seconds, until it ends", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  let collections = 0;
  const ended = regularCollection(clock, () => {
    collections += 1;
  })(stop.signal);
  for (const expected of [1, 2, 3]) {
    await clock.advance(20_000);
    expect(collections).toBe(expected);
  }
  stop.abort();
  await ended;
  expect(collections).toBe(3);
});
