import { type Clock, sleep } from "@rolecall/common/time/clock";
import { Gate } from "../control/gate.ts";
import type { StsErrorCode } from "./sts-error.ts";

export type Action = "AssumeRole" | "GetCallerIdentity";

/** Which calls a fault hits; what is left out matches everything. */
export interface CallMatch {
  readonly action?: Action;
  readonly roleArn?: string;
}

export interface StsFailure extends CallMatch {
  /** An error document, or a connection that is reset before the answer. */
  readonly code: StsErrorCode | "reset";
  readonly message?: string;
  /** How many calls fail; one when absent. */
  readonly times?: number;
}

/** Calls that fail by chance. */
export interface SomeFail extends CallMatch {
  /** Of all calls, from 0 to 1. */
  readonly share: number;
  readonly code: StsFailure["code"];
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How STS misbehaves. */
export class StsFaults {
  readonly #clock: Clock;
  readonly #failures: { readonly failure: StsFailure; left: number }[] = [];
  readonly #chances = new Set<SomeFail>();
  readonly #hangs: { readonly match: CallMatch; readonly gate: Gate }[] = [];
  readonly #stopped = new AbortController();
  /** How long every answer takes, on the injected clock. */
  latencyMs = 0;
  /** How far the time of STS is from the injected clock's, in its `Date` header, expirations and check of signatures. */
  skewMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns ends the fault */
  failNext(failure: StsFailure): () => void {
    const entry = { failure, left: failure.times ?? 1 };
    this.#failures.push(entry);
    return () => {
      entry.left = 0;
    };
  }

  /** @returns ends the fault */
  failSome(some: SomeFail): () => void {
    this.#chances.add(some);
    return () => void this.#chances.delete(some);
  }

  /** @returns ends the fault */
  throttle(times = Number.POSITIVE_INFINITY): () => void {
    return this.failNext({ action: "AssumeRole", code: "Throttling", times });
  }

  /**
   * Leaves calls without an answer.
   *
   * @returns lets those that wait go on, and ends the fault
   */
  hang(match: CallMatch = {}): () => void {
    const hang = { match, gate: new Gate() };
    hang.gate.shut();
    this.#hangs.push(hang);
    return () => {
      const index = this.#hangs.indexOf(hang);
      if (index !== -1) this.#hangs.splice(index, 1);
      hang.gate.open();
    };
  }

  /** Ends every fault, and lets every call through that waits. */
  clear(): void {
    this.#failures.length = 0;
    this.#chances.clear();
    for (const { gate } of this.#hangs.splice(0)) gate.open();
    this.latencyMs = 0;
    this.skewMs = 0;
  }

  stop(): void {
    this.clear();
    this.#stopped.abort();
  }

  /** Waits for as long as the call hangs, and then for the latency. */
  async pass(call: Required<CallMatch>): Promise<void> {
    for (const { match, gate } of [...this.#hangs]) if (hits(match, call)) await gate.pass();
    if (this.latencyMs > 0) await sleep(this.#clock, this.latencyMs, this.#stopped.signal);
  }

  /** The failure that hits this call, used up by it. */
  take(call: Required<CallMatch>): StsFailure | undefined {
    const found = this.#failures.find(({ failure, left }) => left > 0 && hits(failure, call));
    if (found) found.left -= 1;
    return found?.failure ?? [...this.#chances].find((some) => hits(some, call) && some.random() < some.share);
  }
}

const hits = (match: CallMatch, call: Required<CallMatch>): boolean =>
  (match.action ?? call.action) === call.action && (match.roleArn ?? call.roleArn) === call.roleArn;
