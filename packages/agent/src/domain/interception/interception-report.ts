import type { InterceptionCounters } from "./counters.ts";
import type { RuleFailure } from "./failures.ts";
import type { DriftKind } from "./plan.ts";
import type { Family } from "./rules.ts";

/** How the kernel's rules stood at the keeper's last look, for the agent, which may not see them. */
export interface InterceptionReport {
  /** Which run of the keeper: its counts begin anew with each. */
  readonly keeper: string;
  readonly passes: number;
  /** When the last pass ended, milliseconds since 1970. */
  readonly checkedAtMs: number;
  readonly failure?: PassFailure | undefined;
  /** The agent's run that the rules lead pods to; absent where this keeper stands by. */
  readonly leadsTo?: string | undefined;
  /** Why the rules do not lead to this keeper's own agent. */
  readonly standsBy?: string | undefined;
  /** By `family drift`. */
  readonly drifts: Readonly<Partial<Record<DriftName, number>>>;
  readonly packets: Readonly<Partial<Record<Family, InterceptionCounters>>>;
}

export interface PassFailure {
  readonly reason: RuleFailure;
  /** What it means and what to change. */
  readonly sentence: string;
}

export type Drift = DriftKind | "alias-missing";
export type DriftName = `${Family} ${Drift}`;
