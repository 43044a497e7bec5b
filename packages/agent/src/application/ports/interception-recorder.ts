import type { InterceptionCounters } from "../../domain/interception/counters.ts";
import type { Drift, FailedOpenSight, PassFailure } from "../../domain/interception/interception-report.ts";
import type { ProbeResult } from "../../domain/interception/probe-outcome.ts";
import type { Family } from "../../domain/interception/rules.ts";

/** What is worth counting about the kernel rules. */
export interface InterceptionRecorder {
  /**
   * The rules were found changed since they last stood. Once for each drift until it is put right.
   *
   * @param atMs when, milliseconds since 1970
   * @param times 1 when absent
   */
  rulesDrifted(family: Family, drift: Drift, atMs: number, times?: number): void;
  /**
   * A pass over the rules ended.
   *
   * @param failure undefined when everything stands
   * @param leadsTo the agent's run that the rules now lead to by this keeper's hand
   */
  rulesChecked(failure: PassFailure | undefined, leadsTo?: string): void;
  /** The kernel's own counters, as of this pass. */
  packetsCounted(family: Family, counters: InterceptionCounters): void;
  /**
   * A self-probe came to an end. Or there is none: it is switched `off`, or what was last seen says nothing of now
   * (`undefined`).
   *
   * @param times 1 when absent
   */
  probed(result: ProbeResult | "off" | undefined, times?: number): void;
  /** Pods were found to have a way to the node's own metadata. */
  failedOpen(sight: FailedOpenSight, times?: number): void;
  /** What is wrong with the interface that narrows the interception, or `undefined`. */
  hostInterfaceChecked(problem: string | undefined): void;
}
