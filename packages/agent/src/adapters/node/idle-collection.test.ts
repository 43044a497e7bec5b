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

const REST = Array.from({ length: 5 }, () => 10);

describe("collection at rest", () => {
  test("a start or a burst is followed by one collection, when it has been over for ten seconds", async () => {
    const counts = await collectionsAfter([...REST, ...REST, 1_500, ...REST, ...REST]);
    expect(counts).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
  });

  test("nothing is collected while there is work, nor in a short pause", async () => {
    const counts = await collectionsAfter([500, 500, 10, 10, 500, 10, 10, 10, 10, 500]);
    expect(counts.at(-1)).toBe(0);
  });
});
