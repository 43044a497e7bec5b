import type { Check } from "../../domain/doctor/check.ts";
import type { Style, Terminal } from "./terminal.ts";

const MARK = { good: "ok", warning: "warn", failed: "FAILED", unknown: "?" } as const satisfies Record<
  Check["outcome"],
  string
>;
const STYLE = { good: "good", warning: "unsure", failed: "bad", unknown: "unsure" } as const satisfies Record<
  Check["outcome"],
  Style
>;

/** One line a check, and below each that is not good what to do. */
export function showChecks(checks: readonly Check[], { print, paint }: Terminal): void {
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, outcome, says, fix } of checks) {
    print(`${paint(STYLE[outcome], MARK[outcome].padEnd(MARK.failed.length))}  ${name.padEnd(width)}  ${says}`);
    if (fix !== undefined) print(`${" ".repeat(MARK.failed.length + width + 4)}${paint("title", "Fix:")} ${fix}`);
  }
}
