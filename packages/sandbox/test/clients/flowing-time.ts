import { setTimeout as realDelay } from "node:timers/promises";
import { FakeClock } from "../../src/clock/fake-clock.ts";

const TICK_MS = 10;
/** Long for a computer and short for a time-out in the code that is under test. */
const STEP_MS = 10_000;

/** Time that goes as fast as real time, for what real programs do meanwhile, and that a test can also make pass quickly. */
export class FlowingTime {
  readonly clock: FakeClock;
  readonly #ticks: NodeJS.Timeout;

  /** @param behindMs how far it is behind real time, by which other processes go */
  constructor(behindMs: number) {
    this.clock = new FakeClock(Date.now() - behindMs);
    this.#ticks = setInterval(() => void this.clock.advance(TICK_MS), TICK_MS);
  }

  /** Makes time pass in steps, with real moments between them in which sockets are heard. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
      await this.clock.advance(Math.min(STEP_MS, leftMs));
      await realDelay(1);
    }
  }

  stop(): void {
    clearInterval(this.#ticks);
  }
}
