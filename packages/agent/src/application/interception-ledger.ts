import type { InterceptionCounters } from "../domain/interception/counters.ts";
import type { Drift, DriftName, InterceptionReport, PassFailure } from "../domain/interception/interception-report.ts";
import type { Family } from "../domain/interception/rules.ts";
import type { Board } from "./ports/exchange.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";

export interface InterceptionLedgerOptions {
  /** Names this run of the keeper. */
  readonly keeper: string;
  readonly board: Board<InterceptionReport>;
  readonly nowMs: () => number;
  /** Why the rules do not lead to this keeper's own agent. */
  readonly standsBy: () => string | undefined;
}

/** Adds up what a run of the keeper records, and publishes it after each pass. */
export class InterceptionLedger implements InterceptionRecorder {
  readonly #options: InterceptionLedgerOptions;
  readonly #drifts: Partial<Record<DriftName, number>> = {};
  readonly #packets: Partial<Record<Family, InterceptionCounters>> = {};
  #passes = 0;

  constructor(options: InterceptionLedgerOptions) {
    this.#options = options;
  }

  rulesDrifted(family: Family, drift: Drift): void {
    const name: DriftName = `${family} ${drift}`;
    this.#drifts[name] = (this.#drifts[name] ?? 0) + 1;
  }

  packetsCounted(family: Family, counters: InterceptionCounters): void {
    this.#packets[family] = counters;
  }

  rulesChecked(failure: PassFailure | undefined, leadsTo?: string): void {
    const { keeper, board, nowMs, standsBy } = this.#options;
    this.#passes += 1;
    const because = leadsTo === undefined ? standsBy() : undefined;
    board.publish({
      keeper,
      passes: this.#passes,
      checkedAtMs: nowMs(),
      ...(failure && { failure }),
      ...(leadsTo !== undefined && { leadsTo }),
      ...(because !== undefined && { standsBy: because }),
      drifts: this.#drifts,
      packets: this.#packets,
    });
  }
}
