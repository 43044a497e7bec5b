import type { Clock } from "./clock.ts";

/** What another machine said of its time, and between which moments of ours it must have said it. */
export interface TimeReading {
  /** By the local clock, when it was asked. */
  readonly askedAtMs: number;
  /** By the local clock, when its answer had come. */
  readonly answeredAtMs: number;
  /** What it said. */
  readonly saidMs: number;
  /** How much later than what it said it may have been: a time in whole seconds is up to one second old. */
  readonly resolutionMs: number;
}

/**
 * How far the local clock is ahead of the other, as near to what was believed before as a reading allows, so that the
 * way to the other machine and the coarseness of its answers are never taken for a difference of the clocks.
 */
export function clockOffsetMs(believedMs: number, reading: TimeReading): number {
  const leastMs = reading.askedAtMs - (reading.saidMs + reading.resolutionMs);
  const mostMs = reading.answeredAtMs - reading.saidMs;
  return Math.min(Math.max(believedMs, leastMs), mostMs);
}

/** Another machine's time as far as it is known here, such as that of AWS. Until a reading says otherwise it is ours. */
export class RemoteClock implements Clock {
  readonly #local: Clock;
  #offsetMs = 0;
  #isKnown = false;

  constructor(local: Clock) {
    this.#local = local;
  }

  /** How far the local clock is ahead, milliseconds; negative where it is behind. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Whether the other has ever said its time. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  nowMs(): number {
    return this.#local.nowMs() - this.#offsetMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    return this.#local.setTimer(delayMs, callback);
  }

  /** A moment of the other's time by the local clock. */
  toLocalMs(remoteMs: number): number {
    return remoteMs + this.#offsetMs;
  }

  learn(reading: TimeReading): void {
    this.#isKnown = true;
    this.#offsetMs = clockOffsetMs(this.#offsetMs, reading);
  }
}
