import { OWN_CHAINS } from "./rules.ts";

export interface SavedRule {
  readonly chain: string;
  /** What follows the chain's name, as printed. */
  readonly spec: string;
  /** Zero where the output was made without counters. */
  readonly packets: number;
}

export interface SavedTable {
  readonly chains: ReadonlySet<string>;
  readonly rules: readonly SavedRule[];
}

/** The tables of one address family by name; one that the kernel has not made yet is missing. */
export type SavedTables = ReadonlyMap<string, SavedTable>;

const RULE = /^(?:\[(\d+):\d+\] )?-A (\S+)(?: (.*))?$/;

/** Reads what `iptables-save`, with or without `-c`, printed. */
export function parseSaved(lines: Iterable<string>): SavedTables {
  const tables = new Map<string, { readonly chains: Set<string>; readonly rules: SavedRule[] }>();
  let table: { readonly chains: Set<string>; readonly rules: SavedRule[] } | undefined;
  for (const line of lines) {
    if (line.startsWith("*")) {
      const name = line.slice(1).trim();
      table = tables.get(name) ?? { chains: new Set(), rules: [] };
      tables.set(name, table);
    } else if (line.startsWith(":")) {
      table?.chains.add(line.slice(1).split(" ", 1)[0] ?? "");
    } else {
      const [, packets, chain, spec] = RULE.exec(line) ?? [];
      if (chain !== undefined) table?.rules.push({ chain, spec: spec ?? "", packets: Number(packets ?? 0) });
    }
  }
  return tables;
}

/**
 * Whether a line can matter: one of a built-in chain (its order is ours to know), of our own, or a jump to one. A node
 * has tens of thousands of lines of kube-proxy that are not worth keeping.
 */
export function isWorthKeeping(line: string): boolean {
  return /^(?:\*|:|COMMIT)/.test(line)
    ? !line.startsWith(":KUBE-")
    : /^(?:\[\d+:\d+\] )?-A (?:INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) /.test(line) || line.includes("ROLECALL");
}

/** The own chain that a rule jumps to, if any. */
export const ownTargetOf = ({ spec }: SavedRule): string | undefined => {
  const target = /(?:^| )-[jg] (\S+)/.exec(spec)?.[1];
  return target !== undefined && OWN_CHAINS.includes(target) ? target : undefined;
};

/**
 * Whether two rules mean the same. Versions of iptables differ in the order of the parts, and in whether they print the
 * match module that a protocol implies.
 */
export const isSameRule = (one: string, other: string): boolean => partsOf(one) === partsOf(other);

const partsOf = (spec: string) =>
  spec
    .split(/ (?=! )|(?<!!) (?=-)/)
    .filter((part) => !/^-m (?:tcp|udp)$/.test(part))
    .sort()
    .join(" ");
