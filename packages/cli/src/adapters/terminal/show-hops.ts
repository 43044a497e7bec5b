import { HOP_NAMES, type Hop } from "../../domain/verify/hop.ts";
import type { Style, Terminal } from "./terminal.ts";

const MARK = { passed: "ok", warned: "warn", failed: "FAILED", unknown: "?" } as const satisfies Record<
  Hop["outcome"],
  string
>;
const STYLE = { passed: "good", warned: "unsure", failed: "bad", unknown: "unsure" } as const satisfies Record<
  Hop["outcome"],
  Style
>;
const NAME_WIDTH = Math.max(...HOP_NAMES.map(({ length }) => length));
const MARK_WIDTH = MARK.failed.length;

/** One line a step, and below one that warns or failed what to change. */
export function showHops(hops: readonly Hop[], { print, paint }: Terminal): void {
  for (const { name, outcome, says, fix } of hops) {
    print(`${paint(STYLE[outcome], MARK[outcome].padEnd(MARK_WIDTH))}  ${name.padEnd(NAME_WIDTH)}  ${says}`);
    if (fix !== undefined) print(`${" ".repeat(MARK_WIDTH + NAME_WIDTH + 4)}${paint("title", "Fix:")} ${fix}`);
  }
}
