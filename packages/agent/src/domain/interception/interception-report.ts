import type { InterceptionCounters } from "./counters.ts";
import type { RuleFailure } from "./failures.ts";
import type { DriftKind } from "./plan.ts";
import type { ProbeOutcome, ProbeResult } from "./probe-outcome.ts";
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
  /** When the last of them was found, milliseconds since 1970. */
  readonly lastDriftAtMs?: number | undefined;
  readonly packets: Readonly<Partial<Record<Family, InterceptionCounters>>>;
  /** Whether the keeper probes the way to its agent at all. */
  readonly selfProbe: boolean;
  /** What came of the last probe; absent while the rules do not lead to this keeper's agent. */
  readonly probe?: ProbeResult | undefined;
  /** How often each outcome came. */
  readonly probes: Readonly<Partial<Record<ProbeOutcome, number>>>;
  /** How often pods were found to have a way to the node's own metadata, by what showed it. */
  readonly failedOpen: Readonly<Partial<Record<FailedOpenSight, number>>>;
  /** What is wrong with the interface that narrows the interception. */
  readonly hostInterfaceProblem?: string | undefined;
}

/** `rules`: guard and interception were both gone. `path`: the self-probe was answered by something else. */
export const FAILED_OPEN_SIGHTS = ["rules", "path"] as const;
export type FailedOpenSight = (typeof FAILED_OPEN_SIGHTS)[number];

export interface PassFailure {
  readonly reason: RuleFailure;
  /** What it means and what to change. */
  readonly sentence: string;
}

export type Drift = DriftKind | "alias-missing";
export type DriftName = `${Family} ${Drift}`;
