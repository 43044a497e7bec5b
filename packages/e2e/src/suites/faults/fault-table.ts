import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Signs } from "./fault.ts";

const PAGE = join(import.meta.dirname, "..", "..", "..", "..", "..", "docs", "troubleshooting.md");
const BEGIN = "<!-- made by `npm run e2e -- faults`; UPDATE_DOCS=1 writes it -->\n\n";
const END = "\n<!-- end of what is made -->\n";

const COLUMNS = ["fault", "event", "metric", "log", "alert", "verify"] as const;
const TITLES = ["fault", "Event", "metric", "log line", "alert", "`rolecall verify pod`"];

/** The faults with their signs, as the page has them. */
export function faultTable(faults: readonly Signs[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return [
    row(TITLES),
    row(TITLES.map(() => "---")),
    ...faults.map((signs) => row(COLUMNS.map((name) => signs[name]))),
  ].join("");
}

/** Holds docs/troubleshooting.md against what was seen, or writes it there with UPDATE_DOCS. @throws Error where it differs */
export function holdPage(faults: readonly Signs[]): void {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no place for the table of faults`);
  const made = page.slice(0, begin + BEGIN.length) + faultTable(faults) + page.slice(end);
  if (process.env["UPDATE_DOCS"]) writeFileSync(PAGE, made);
  else if (made !== page) {
    throw new Error(`docs/troubleshooting.md has another table of faults than this run:\n${faultTable(faults)}`);
  }
}
