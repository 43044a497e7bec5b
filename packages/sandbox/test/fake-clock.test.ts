import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { FAKE_EPOCH_MS, FakeClock } from "../src/clock/fake-clock.ts";

const NEVER = new AbortController().signal;

describe("FakeClock", () => {
  test("stands still at the start of 2026", () => {
    expect(new Date(new FakeClock().nowMs()).toISOString()).toBe("2026-01-01T00:00:00.000Z");
  });

  test("fires timers in the order they fall due, those of one moment in the order they were set, each at its time", async () => {
    const clock = new FakeClock();
    const fired: [string, number][] = [];
    const set = (name: string, delayMs: number) =>
      clock.setTimer(delayMs, () => fired.push([name, clock.nowMs() - FAKE_EPOCH_MS]));
    set("late", 300);
    set("first", 100);
    set("second", 100);
    set("never", 301);
    await clock.advance(300);
    expect(fired).toEqual([
      ["first", 100],
      ["second", 100],
      ["late", 300],
    ]);
    expect([clock.pendingTimers, clock.nextTimerInMs]).toEqual([1, 1]);
  });

  test("a timer set by what a timer woke, promises and setImmediate between, falls into the same advance", async () => {
    const clock = new FakeClock();
    const woken: number[] = [];
    const loop = async () => {
      for (let round = 0; round < 3; round += 1) {
        await sleep(clock, 100, NEVER);
        await setImmediate();
        woken.push(clock.nowMs() - FAKE_EPOCH_MS);
      }
    };
    const done = loop();
    await clock.advance(1_000);
    await done;
    expect(woken).toEqual([100, 200, 300]);
    expect(clock.nowMs() - FAKE_EPOCH_MS).toBe(1_000);
  });

  test("tells whole milliseconds, whatever timers wait for", async () => {
    const clock = new FakeClock();
    let toldMs = 0;
    clock.setTimer(1.75, () => {
      toldMs = clock.nowMs();
    });
    await clock.advance(1.75);
    expect([toldMs, clock.nowMs()]).toEqual([FAKE_EPOCH_MS + 1, FAKE_EPOCH_MS + 1]);
  });

  test("a cancelled timer does not fire", async () => {
    const clock = new FakeClock();
    const cancel = clock.setTimer(10, () => {
      throw new Error("fired");
    });
    cancel();
    await clock.advance(10);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a timer for now or the past fires with the next advance, never at once", async () => {
    const clock = new FakeClock();
    let fired = 0;
    clock.setTimer(-5, () => {
      fired += 1;
    });
    expect(fired).toBe(0);
    await clock.advance(0);
    expect([fired, clock.nowMs()]).toEqual([1, FAKE_EPOCH_MS]);
  });

  test("whenWaiting resolves once the code under test has set its timers", async () => {
    const clock = new FakeClock();
    const steps: string[] = [];
    const waiting = clock.whenWaiting(2).then(() => steps.push("waiting"));
    void sleep(clock, 10, NEVER);
    await setImmediate();
    expect(steps).toEqual([]);
    void sleep(clock, 20, NEVER);
    await waiting;
    expect(clock.pendingTimers).toBe(2);
  });

  test("advanceToNextTimer waits for a timer, moves exactly to it and says how far", async () => {
    const clock = new FakeClock();
    const code = async (clock: Clock) => {
      await setImmediate();
      await sleep(clock, 2_500, NEVER);
      return clock.nowMs() - FAKE_EPOCH_MS;
    };
    const done = code(clock);
    expect(await clock.advanceToNextTimer()).toBe(2_500);
    expect(await done).toBe(2_500);
  });

  test("what a timer's callback throws fails the test that advanced the clock", async () => {
    const clock = new FakeClock();
    clock.setTimer(1, () => {
      throw new Error("from the callback");
    });
    await expect(clock.advance(1)).rejects.toThrow("from the callback");
  });

  test("time does not go back", async () => {
    await expect(new FakeClock().advance(-1)).rejects.toThrow(RangeError);
  });
});
