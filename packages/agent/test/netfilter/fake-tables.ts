import type { RuleTables } from "../../src/application/ports/rule-tables.ts";
import type { Family } from "../../src/domain/interception/rules.ts";
import { parseSaved, type SavedTables } from "../../src/domain/interception/saved-rules.ts";

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
};

/** The kernel's tables as far as `iptables-restore --noflush` and `iptables-save` show them. */
export class FakeTables implements RuleTables {
  readonly family: Family;
  readonly backend: string;
  /** What was applied, in order. */
  readonly applied: string[] = [];
  /** Thrown instead of doing what is asked. */
  readFailure: Error | undefined;
  applyFailure: ((input: string) => Error | undefined) | undefined;
  /** Takes what is applied and does nothing. */
  isDeaf = false;
  #tables = new Map<string, Map<string, string[]>>();

  constructor(family: Family, saved = "", backend = "nft") {
    this.family = family;
    this.backend = backend;
    this.load(saved);
  }

  /** Takes the state from what `iptables-save` printed. */
  load(saved: string): void {
    this.#tables = new Map();
    for (const [name, { chains, rules }] of parseSaved(saved.split("\n"))) {
      const table = new Map([...chains].map((chain) => [chain, [] as string[]]));
      for (const { chain, spec } of rules) table.get(chain)?.push(spec);
      this.#tables.set(name, table);
    }
  }

  saved(): string {
    return [...this.#tables]
      .map(([name, chains]) =>
        [
          `*${name}`,
          ...[...chains.keys()].map((chain) => `:${chain} - [0:0]`),
          ...[...chains].flatMap(([chain, rules]) => rules.map((rule) => `[0:0] -A ${chain} ${rule}`)),
          "COMMIT\n",
        ].join("\n"),
      )
      .join("");
  }

  async read(): Promise<SavedTables> {
    if (this.readFailure) throw this.readFailure;
    return parseSaved(this.saved().split("\n"));
  }

  async apply(input: string): Promise<void> {
    const failure = this.applyFailure?.(input);
    if (failure) throw failure;
    this.applied.push(input);
    if (!this.isDeaf) this.restore(input);
  }

  /** @throws Error where iptables-restore refuses; then nothing has changed */
  restore(input: string): void {
    const tables = structuredClone(this.#tables);
    let table = new Map<string, string[]>();
    for (const line of input.split("\n")) {
      const [command = "", chain = "", ...rest] = line.split(" ");
      const spec = rest.join(" ");
      const rules = table.get(chain) ?? [];
      if (command.startsWith("*")) {
        const name = command.slice(1);
        table = tables.get(name) ?? new Map((BUILT_IN[name] ?? []).map((builtIn) => [builtIn, []]));
        tables.set(name, table);
      } else if (command.startsWith(":")) {
        table.set(command.slice(1), []);
      } else if (command !== "COMMIT" && command !== "") {
        if (!table.has(chain)) throw new Error(`Chain '${chain}' does not exist: ${line}`);
        const target = /-j (ROLECALL\S*)/.exec(spec)?.[1];
        if (target !== undefined && !table.has(target)) throw new Error(`No chain/target/match by that name: ${line}`);
        if (command === "-A") rules.push(spec);
        else if (command === "-I") rules.splice(Number(rest[0]) - 1, 0, rest.slice(1).join(" "));
        else if (command === "-F") rules.length = 0;
        else if (command === "-D") {
          const index = rules.indexOf(spec);
          if (index === -1) throw new Error(`Bad rule (does a matching rule exist in that chain?): ${line}`);
          rules.splice(index, 1);
        } else if (command === "-X") {
          const isUsed = [...table.values()].flat().some((rule) => rule.endsWith(`-j ${chain}`));
          if (isUsed || rules.length > 0) throw new Error(`CHAIN_DEL failed (Device or resource busy): ${line}`);
          table.delete(chain);
        } else throw new Error(`no such command: ${line}`);
      }
    }
    this.#tables = tables;
  }
}
