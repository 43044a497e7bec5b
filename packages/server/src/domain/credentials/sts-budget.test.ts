import { describe, expect, test } from "@jest/globals";
import { StsBudget } from "./sts-budget.ts";

const budget = () => new StsBudget({ perSecond: 20, burst: 50 }, 0);

/** How many calls are let through in a second that begins at `fromMs`, asked for every millisecond. */
function callsInSecond(under: StsBudget, fromMs: number): number {
  let calls = 0;
  for (let atMs = fromMs; atMs < fromMs + 1_000; atMs += 1) if (under.take(atMs)) calls += 1;
  return calls;
}

describe("the budget of STS calls", () => {
  test("lets a burst through and then its rate", () => {
    const under = budget();
    expect(callsInSecond(under, 0)).toBe(69);
    expect(callsInSecond(under, 1_000)).toBe(20);
  });

  test("says how long to wait", () => {
    const under = budget();
    for (let call = 0; call < 50; call += 1) under.take(0);
    expect(under.waitMs(0)).toBe(50);
    expect(under.take(49)).toBe(false);
    expect(under.take(50)).toBe(true);
  });

  test("halves on throttling, once for all that were under way, and never goes below one a second", () => {
    const under = budget();
    for (let call = 0; call < 10; call += 1) under.throttled(0);
    expect(under.perSecond).toBe(10);
    expect(callsInSecond(under, 1)).toBeLessThanOrEqual(10);
    for (let atMs = 0; atMs < 60_000; atMs += 1_000) under.throttled(atMs + 1_000);
    expect(under.perSecond).toBeGreaterThanOrEqual(1);
  });

  test("comes back to its full rate within a quarter of a minute of quiet", () => {
    const under = budget();
    for (let atMs = 0; atMs < 10_000; atMs += 1_000) under.throttled(atMs);
    under.take(12_000);
    expect(under.perSecond).toBeLessThan(20);
    under.take(25_000);
    expect(under.perSecond).toBe(20);
  });
});
