import type { OwnChain } from "./rules.ts";
import { isSameRule, ownTargetOf, type SavedRule, type SavedTable, type SavedTables } from "./saved-rules.ts";

export const DRIFTS = [
  "chain-missing",
  "rule-changed",
  "jump-missing",
  /** Another rule was put before ours and may take, or let through, what is ours. */
  "jump-not-first",
  /** A second jump to the same chain, or one from a chain that is none of ours to jump from. */
  "jump-duplicate",
] as const;
export type DriftKind = (typeof DRIFTS)[number];

export interface Drift {
  readonly kind: DriftKind;
  readonly chain: string;
}

export type Plan =
  | { readonly kind: "in-place" }
  /** `input` is for `iptables-restore --noflush`, which takes each table at once or not at all. */
  | { readonly kind: "apply"; readonly input: string; readonly drifts: readonly Drift[] };

/**
 * What is to be done so that the chains stand as wanted. What is right is not touched, since a rewrite sets a chain's
 * counters to zero.
 */
export function planRules(saved: SavedTables, wanted: readonly OwnChain[]): Plan {
  const drifts: Drift[] = [];
  const commands = new Map<string, string[]>();
  for (const name of new Set(wanted.map((chain) => chain.table))) {
    const table = saved.get(name) ?? NO_TABLE;
    const deleted: string[] = [];
    const rewritten: string[] = [];
    const inserted: string[] = [];
    for (const chain of wanted.filter((one) => one.table === name)) {
      const contents = contentDrift(table, chain);
      const jumps = jumpDrifts(table, chain);
      drifts.push(...[...contents, ...jumps].map((kind) => ({ kind, chain: chain.name })));
      if (contents.length > 0) rewritten.push(...rewriteOf(chain));
      if (jumps.length > 0) {
        deleted.push(...deletions(jumpsTo(table, chain)));
        inserted.push(`-I ${chain.parent} 1 ${chain.jump}`);
      }
    }
    // Deletions first: a rewrite may take a stray jump with it, and restore refuses to delete what is not there.
    const lines = [...deleted, ...rewritten, ...inserted];
    if (lines.length > 0) commands.set(name, lines);
  }
  return drifts.length === 0 ? { kind: "in-place" } : { kind: "apply", input: restoreInput(commands), drifts };
}

/** Input for `iptables-restore --noflush` that removes every chain of ours and every jump to one; undefined if none is. */
export function planRemoval(saved: SavedTables, ownChains: readonly string[]): string | undefined {
  const commands = new Map<string, string[]>();
  for (const [name, table] of saved) {
    const jumps = table.rules.filter((rule) => ownTargetOf(rule) !== undefined);
    const chains = ownChains.filter((chain) => table.chains.has(chain));
    const lines = [
      ...deletions(jumps),
      ...chains.map((chain) => `-F ${chain}`),
      ...chains.map((chain) => `-X ${chain}`),
    ];
    if (lines.length > 0) commands.set(name, lines);
  }
  return commands.size > 0 ? restoreInput(commands) : undefined;
}

const NO_TABLE: SavedTable = { chains: new Set(), rules: [] };

function contentDrift(table: SavedTable, { name, rules }: OwnChain): readonly DriftKind[] {
  if (!table.chains.has(name)) return ["chain-missing"];
  const present = table.rules.filter(({ chain }) => chain === name);
  const isAsWanted =
    present.length === rules.length && rules.every((rule, index) => isSameRule(rule, present[index]?.spec ?? ""));
  return isAsWanted ? [] : ["rule-changed"];
}

function jumpDrifts(table: SavedTable, chain: OwnChain): readonly DriftKind[] {
  const jumps = jumpsTo(table, chain);
  const inParent = jumps.filter((jump) => jump.chain === chain.parent);
  const drifts: DriftKind[] = [];
  const asWanted = inParent.find(({ spec }) => isSameRule(spec, chain.jump));
  if (inParent.length === 0) drifts.push("jump-missing");
  else if (!asWanted) drifts.push("rule-changed");
  else if (asWanted !== table.rules.find((rule) => rule.chain === chain.parent)) drifts.push("jump-not-first");
  if (inParent.length > 1 || jumps.length > inParent.length) drifts.push("jump-duplicate");
  return drifts;
}

const jumpsTo = (table: SavedTable, { name }: OwnChain): readonly SavedRule[] =>
  table.rules.filter((rule) => ownTargetOf(rule) === name);

/** Declaring a chain in restore's input makes it, or empties it. */
const rewriteOf = ({ name, rules }: OwnChain): readonly string[] => [
  `:${name} - [0:0]`,
  ...rules.map((rule) => `-A ${name} ${rule}`),
];

/** Each deletion takes one rule that is printed so; restore refuses the whole table when there is none. */
const deletions = (rules: readonly SavedRule[]): readonly string[] =>
  rules.map(({ chain, spec }) => `-D ${chain} ${spec}`);

const restoreInput = (commands: ReadonlyMap<string, readonly string[]>): string =>
  [...commands].map(([table, lines]) => [`*${table}`, ...lines, "COMMIT", ""].join("\n")).join("");
