import { describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { idleCollection } from "./idle-collection.ts";

/** Runs it through windows in each of which the process used so much processor time. @returns collections after each */
async function collectionsAfter(windowsMs: readonly number[]): Promise<readonly number[]> {
  const clock = new FakeClock();
  const stop = new AbortController();
  let [usedMs, collections] = [0, 0];
  const collect = () => {
    collections += 1;
  };
  const ended = idleCollection({ clock, cpuMs: () => usedMs, collect })(stop.signal);
  const counts: number[] = [];
  for (const windowMs of windowsMs) {
    usedMs += windowMs;
    await clock.advanceToNextTimer();
    counts.push(collections);
  }
  stop.abort();
  await ended;
  return counts;
}

describe("collection at rest", () => {
  test("a start or a burst is followed by one collection, when it is over", async () => {
    expect(await collectionsAfter([10, 10, 1_500, 1_500, 10, 10, 10])).toEqual([1, 1, 1, 1, 2, 2, 2]);
  });

  test("nothing is collected while there is work", async () => {
    expect(await collectionsAfter([500, 500, 500])).toEqual([0, 0, 0]);
  });
});
