import type { RuleTables } from "../../application/ports/rule-tables.ts";
import type { Family } from "../../domain/interception/rules.ts";
import { isWorthKeeping, parseSaved, type SavedTables } from "../../domain/interception/saved-rules.ts";
import type { RunProgram } from "./run-program.ts";

/** Less than the time after which a program is ended, so that it can say what it waited for. */
const LOCK_WAIT_SECONDS = 4;

/** One address family by `iptables-save` and `iptables-restore` of one backend. */
export class IptablesTables implements RuleTables {
  readonly family: Family;
  readonly backend: string;
  readonly #program: string;
  readonly #run: RunProgram;

  constructor(family: Family, backend: string, run: RunProgram) {
    this.family = family;
    this.backend = backend;
    this.#program = programOf(family, backend);
    this.#run = run;
  }

  async read(): Promise<SavedTables> {
    const lines: string[] = [];
    const onLine = (line: string) => {
      if (isWorthKeeping(line)) lines.push(line);
    };
    await this.#run(`${this.#program}-save`, ["-c"], { onLine });
    return parseSaved(lines);
  }

  async apply(input: string): Promise<void> {
    await this.#run(`${this.#program}-restore`, ["--noflush", "--wait", String(LOCK_WAIT_SECONDS)], { input });
  }
}

export const programOf = (family: Family, backend: string): string =>
  `${family === "ipv4" ? "iptables" : "ip6tables"}${backend === "default" ? "" : `-${backend}`}`;
