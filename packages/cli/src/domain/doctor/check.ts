import type { Known } from "./facts.ts";

export interface Check {
  readonly name: string;
  readonly outcome: "good" | "warning" | "failed" | "unknown";
  readonly says: string;
  readonly fix?: string;
}

export const good = (name: string, says: string): Check => ({ name, outcome: "good", says });
export const warning = (name: string, says: string, fix: string): Check => ({ name, outcome: "warning", says, fix });
export const failed = (name: string, says: string, fix: string): Check => ({ name, outcome: "failed", says, fix });

/** A check of what may not have been readable. */
export const checkKnown = <T>(name: string, known: Known<T>, check: (value: T) => Check): Check =>
  known.kind === "known" ? check(known.value) : { name, outcome: "unknown", says: `could not be read: ${known.why}` };
