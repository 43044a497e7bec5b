import { setImmediate } from "node:timers/promises";
import type { Clock } from "@rolecall/common/time/clock";
import { Condition } from "../control/condition.ts";

/** Where a fake clock starts. */
export const FAKE_EPOCH_MS = Date.parse("2026-01-01T00:00:00Z");

interface Timer {
  readonly dueAtMs: number;
  readonly callback: () => void;
}

/**
 * Time that stands still until a test moves it.
 *
 * Timers fire in the order they are due, and in the order they were set where that is equal. After each, promises,
 * `setImmediate` and file or socket events that are already there may run, so that the timer a callback sets falls
 * into the same `advance`. Code that waits for another process's answer is not waited for: await `whenWaiting`, or what
 * the stand-in recorded, before moving on.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #timers: Timer[] = [];
  readonly #timersChanged = new Condition();

  constructor(startMs: number = FAKE_EPOCH_MS) {
    this.#nowMs = startMs;
  }

  /** In whole milliseconds, as real clocks have it, though a timer may be due in between. */
  nowMs(): number {
    return Math.floor(this.#nowMs);
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { dueAtMs: this.#nowMs + Math.max(0, delayMs), callback };
    const after = this.#timers.findIndex(({ dueAtMs }) => dueAtMs > timer.dueAtMs);
    this.#timers.splice(after === -1 ? this.#timers.length : after, 0, timer);
    this.#timersChanged.changed();
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) this.#timers.splice(index, 1);
    };
  }

  /** How many timers are set and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** How long until the next timer is due; undefined when none is set. */
  get nextTimerInMs(): number | undefined {
    const next = this.#timers[0];
    return next && next.dueAtMs - this.#nowMs;
  }

  /** Resolves when at least `count` timers are set: when the code under test is waiting. */
  whenWaiting(count = 1): Promise<void> {
    return this.#timersChanged.when(() => this.#timers.length >= count);
  }

  /** Moves time on by `delayMs` and fires what falls due, timers set meanwhile included. */
  async advance(delayMs: number): Promise<void> {
    if (!(delayMs >= 0)) throw new RangeError(`cannot advance the clock by ${delayMs} ms`);
    const untilMs = this.#nowMs + delayMs;
    await settle();
    for (let timer = this.#timers[0]; timer && timer.dueAtMs <= untilMs; timer = this.#timers[0]) {
      this.#timers.shift();
      this.#nowMs = Math.max(this.#nowMs, timer.dueAtMs);
      timer.callback();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /**
   * Waits until a timer is set, then moves time on to the earliest one.
   *
   * @returns how far time moved, milliseconds
   */
  async advanceToNextTimer(): Promise<number> {
    await settle();
    await this.whenWaiting();
    const delayMs = this.nextTimerInMs ?? 0;
    await this.advance(delayMs);
    return delayMs;
  }
}

/** Two rounds: a callback of the first may resolve promises whose continuations use `setImmediate` once more. */
async function settle(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
