import type { CniProblem, CniResult } from "./cni-result.ts";

/** What the keeper read in the node's CNI results, for the agent, which may not. */
export interface AddressReport {
  /** Which run of the keeper: its counts begin anew with each. */
  readonly keeper: string;
  readonly source: LocalSourceState;
  readonly results: readonly ReadResult[];
  /** Files that were of no use, once for each file and problem. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

export interface ReadResult extends CniResult {
  readonly file: string;
  /** When the file last changed, milliseconds since 1970. */
  readonly writtenAtMs: number;
}

export const UNREADABLE_PROBLEMS = ["too-large", "unreadable"] as const;
export type UnreadableProblem = (typeof UNREADABLE_PROBLEMS)[number];
export type SkipReason = CniProblem | UnreadableProblem;

export type LocalSourceState =
  /** A change is delivered as it happens. */
  | { readonly kind: "followed" }
  /** The kernel gives no events; the files are looked through every second. */
  | { readonly kind: "unwatched"; readonly detail: string }
  /** No such directory, or one that the keeper may not read. */
  | { readonly kind: "unavailable"; readonly detail: string };
