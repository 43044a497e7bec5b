import type { InterceptionCounters } from "../domain/interception/counters.ts";
import type {
  Drift,
  DriftName,
  FailedOpenSight,
  InterceptionReport,
  PassFailure,
} from "../domain/interception/interception-report.ts";
import type { ProbeOutcome, ProbeResult } from "../domain/interception/probe-outcome.ts";
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
  /** Whether there is a self-probe. */
  readonly selfProbe: boolean;
}

/** Adds up what a run of the keeper records, and publishes it after each pass and each probe. */
export class InterceptionLedger implements InterceptionRecorder {
  readonly #options: InterceptionLedgerOptions;
  readonly #drifts: Partial<Record<DriftName, number>> = {};
  readonly #packets: Partial<Record<Family, InterceptionCounters>> = {};
  readonly #probes: Partial<Record<ProbeOutcome, number>> = {};
  readonly #failedOpen: Partial<Record<FailedOpenSight, number>> = {};
  #lastDriftAtMs: number | undefined;
  #passes = 0;
  #lastPass: Pick<InterceptionReport, "checkedAtMs" | "failure" | "leadsTo" | "standsBy"> | undefined;
  #probe: ProbeResult | undefined;
  #hostInterfaceProblem: string | undefined;

  constructor(options: InterceptionLedgerOptions) {
    this.#options = options;
  }

  rulesDrifted(family: Family, drift: Drift, atMs: number, times = 1): void {
    this.#lastDriftAtMs = atMs;
    const name: DriftName = `${family} ${drift}`;
    this.#drifts[name] = (this.#drifts[name] ?? 0) + times;
  }

  packetsCounted(family: Family, counters: InterceptionCounters): void {
    this.#packets[family] = counters;
  }

  rulesChecked(failure: PassFailure | undefined, leadsTo?: string): void {
    const { nowMs, standsBy } = this.#options;
    this.#passes += 1;
    const because = leadsTo === undefined ? standsBy() : undefined;
    if (leadsTo === undefined) this.#probe = undefined;
    this.#lastPass = {
      checkedAtMs: nowMs(),
      ...(failure && { failure }),
      ...(leadsTo !== undefined && { leadsTo }),
      ...(because !== undefined && { standsBy: because }),
    };
    this.#publish();
  }

  probed(result: ProbeResult | "off" | undefined, times = 1): void {
    this.#probe = result === "off" ? undefined : result;
    if (this.#probe) this.#probes[this.#probe.outcome] = (this.#probes[this.#probe.outcome] ?? 0) + times;
    this.#publish();
  }

  failedOpen(sight: FailedOpenSight, times = 1): void {
    this.#failedOpen[sight] = (this.#failedOpen[sight] ?? 0) + times;
  }

  hostInterfaceChecked(problem: string | undefined): void {
    if (problem === this.#hostInterfaceProblem) return;
    this.#hostInterfaceProblem = problem;
    this.#publish();
  }

  /** Nothing before the first pass: there is nothing to say of the rules yet. */
  #publish(): void {
    if (!this.#lastPass) return;
    this.#options.board.publish({
      keeper: this.#options.keeper,
      passes: this.#passes,
      ...this.#lastPass,
      drifts: this.#drifts,
      ...(this.#lastDriftAtMs !== undefined && { lastDriftAtMs: this.#lastDriftAtMs }),
      packets: this.#packets,
      selfProbe: this.#options.selfProbe,
      ...(this.#probe && { probe: this.#probe }),
      probes: this.#probes,
      failedOpen: this.#failedOpen,
      ...(this.#hostInterfaceProblem !== undefined && { hostInterfaceProblem: this.#hostInterfaceProblem }),
    });
  }
}
