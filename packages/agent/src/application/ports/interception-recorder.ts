import type { InterceptionCounters } from "../../domain/interception/counters.ts";
import type { RuleFailure } from "../../domain/interception/failures.ts";
import type { DriftKind } from "../../domain/interception/plan.ts";
import type { Family } from "../../domain/interception/rules.ts";

/** What is worth counting about the kernel rules. */
export interface InterceptionRecorder {
  /** The rules were found changed since they last stood. Once for each drift until it is put right. */
  rulesDrifted(family: Family, drift: DriftKind | "alias-missing"): void;
  /** A pass over the rules ended; `undefined` when everything stands. */
  rulesChecked(failure: RuleFailure | undefined): void;
  /** The kernel's own counters, as of this pass. */
  packetsCounted(family: Family, counters: InterceptionCounters): void;
}
