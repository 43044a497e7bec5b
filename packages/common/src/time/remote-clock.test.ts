import { describe, expect, test } from "@jest/globals";
import { clockOffsetMs, RemoteClock } from "./remote-clock.ts";

const inWholeSeconds = (askedAtMs: number, answeredAtMs: number, saidMs: number) => ({
  askedAtMs,
  answeredAtMs,
  saidMs,
  resolutionMs: 1_000,
});

describe("two clocks are taken to differ", () => {
  test.each([
    ["not at all, where the way and the coarse answer explain what was said", 0, [10_300, 10_900, 10_000], 0],
    ["not at all, where the answer took 20 s", 0, [10_000, 30_000, 12_000], 0],
    ["by no more than what was said calls for, ahead", 0, [400_000, 400_100, 100_000], 299_000],
    ["by no more than what was said calls for, behind", 0, [100_000, 100_100, 400_000], -299_900],
    ["by what was believed before, where that still explains it", 299_500, [400_000, 400_100, 100_000], 299_500],
    ["by nothing any more, once the clock was set right", 300_000, [10_300, 10_350, 10_000], 350],
  ] as const)("%s", (_how, believed, [asked, answered, said], expected) => {
    expect(clockOffsetMs(believed, inWholeSeconds(asked, answered, said))).toBe(expected);
  });
});

test("a remote clock runs with the local one, apart from it by what was learnt", () => {
  let nowMs = 600_000;
  const remote = new RemoteClock({ nowMs: () => nowMs, setTimer: () => () => {} });
  expect(remote.nowMs()).toBe(600_000);
  remote.learn({ askedAtMs: 600_000, answeredAtMs: 600_000, saidMs: 0, resolutionMs: 0 });
  nowMs = 601_000;
  expect([remote.nowMs(), remote.toLocalMs(5_000), remote.offsetMs]).toEqual([1_000, 605_000, 600_000]);
});
