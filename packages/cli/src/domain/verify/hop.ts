import type { Reason } from "./advice.ts";

/** The steps from a pod's annotation to its credentials, in their order. */
export const HOP_NAMES = [
  "annotation",
  "namespace policy",
  "role",
  "trust",
  "grant",
  "node feed",
  "interception",
  "credentials",
] as const;
export type HopName = (typeof HOP_NAMES)[number];

export interface Hop {
  readonly name: HopName;
  /** `warned`: the pod has what it needs of this step, and something is wrong with it all the same. */
  readonly outcome: "passed" | "warned" | "failed" | "unknown";
  /** What was seen, in a sentence. */
  readonly says: string;
  /** Where it is one of the vocabulary's. */
  readonly reason?: Reason;
  /** What to change, where it failed or warned. */
  readonly fix?: string;
}

export const passed = (name: HopName, says: string): Hop => ({ name, outcome: "passed", says });
export const unknown = (name: HopName, says: string): Hop => ({ name, outcome: "unknown", says });
export const warned = (name: HopName, says: string, fix: string, reason: Reason): Hop => ({
  name,
  outcome: "warned",
  says,
  fix,
  reason,
});
export const failed = (name: HopName, says: string, fix: string, reason?: Reason): Hop => ({
  name,
  outcome: "failed",
  says,
  fix,
  ...(reason && { reason }),
});
