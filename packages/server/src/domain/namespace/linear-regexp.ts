import { RE2JS } from "re2js";
import { malformed, type Parsed, valid } from "../role/parsed.ts";
import { unrolledSize } from "./unrolled-size.ts";

/** A regular expression in RE2's syntax, the one kiam's policies are written in. */
export interface LinearRegexp {
  /** True when the expression matches all of the text, as if it were written `^(?:…)$`. */
  matches(text: string): boolean;
}

/**
 * The largest program an expression may compile to. RE2 matches in time linear in the text, but times the program's size:
 * at 900,000 instructions (`.{0,1000}` written 455 times) one ARN took 15 s. At this bound it takes some 0.2 s at worst.
 * Every expression of 4096 characters without a counted repetition fits.
 */
const MAX_INSTRUCTIONS = 5_000;

/** Compiles an expression. Look-around and back-references, which RE2 lacks for the sake of linear time, are malformed. */
export function compileLinearRegexp(pattern: string): Parsed<LinearRegexp> {
  if (unrolledSize(pattern) > 2 * MAX_INSTRUCTIONS) return TOO_LARGE;
  try {
    const program = RE2JS.compile(pattern);
    return program.programSize() > MAX_INSTRUCTIONS ? TOO_LARGE : valid(program);
  } catch (error) {
    return malformed(error instanceof Error ? error.message.slice(0, 200) : String(error));
  }
}

/** What is answered for an expression that RE2 takes and that would cost too much here. */
export const TOO_LARGE = malformed("the counted repetitions ({n,m}) make the expression too large");
