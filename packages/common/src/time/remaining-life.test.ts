import { describe, expect, test } from "@jest/globals";
import { lifeLeft, REMAINING_CLASSES, remainingClass } from "./remaining-life.ts";

const MINUTE = 60_000;
const HOUR = { receivedAtMs: 0, expiresAtMs: 60 * MINUTE };

describe("what is left of a life", () => {
  test.each([
    [0, "over-30m"],
    [30, "over-30m"],
    [31, "under-30m"],
    [46, "under-15m"],
    [56, "under-5m"],
    [60, "expired"],
    [90, "expired"],
  ] as const)("after %d of 60 minutes is %s", (minutes, expected) => {
    expect(remainingClass(HOUR, minutes * MINUTE)).toBe(expected);
    expect(REMAINING_CLASSES).toContain(expected);
  });

  test("is a share from one to nothing, whatever the clocks say", () => {
    expect(lifeLeft(HOUR, -MINUTE)).toBe(1);
    expect(lifeLeft(HOUR, 15 * MINUTE)).toBe(0.75);
    expect(lifeLeft(HOUR, 61 * MINUTE)).toBe(0);
    expect(lifeLeft({ receivedAtMs: 5, expiresAtMs: 5 }, 5)).toBe(0);
  });
});
