import type { ReasonSection } from "./reason-sections.ts";

export type FoundSections =
  | { readonly kind: "found"; readonly sections: readonly ReasonSection[] }
  /** Reasons and Events that are written much like it, the nearest first. */
  | { readonly kind: "unknown"; readonly near: readonly string[] };

const SHOWN = 5;
/** Below it two words have no more in common than any two have. */
const LEAST_LIKENESS = 0.3;

/** The section of a reason, or every section of an Event, which several reasons share. Case does not count. */
export function findSections(sections: readonly ReasonSection[], asked: string): FoundSections {
  const wanted = asked.toLowerCase();
  const found = sections.filter(
    ({ reason, events }) => reason === wanted || events.some((event) => event.toLowerCase() === wanted),
  );
  if (found.length > 0) return { kind: "found", sections: found };
  const names = new Set(sections.flatMap(({ reason, events }) => [reason, ...events]));
  const near = [...names]
    .map((name) => ({ name, likeness: likeness(name.toLowerCase(), wanted) }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .toSorted((one, other) => other.likeness - one.likeness);
  return { kind: "unknown", near: near.slice(0, SHOWN).map(({ name }) => name) };
}

/** The share of pairs of letters that two words have in common, from 0 to 1 (Dice's coefficient). */
function likeness(one: string, other: string): number {
  const [pairs, others] = [pairsOf(one), pairsOf(other)];
  const shared = [...pairs].filter((pair) => others.has(pair)).length;
  return (2 * shared) / Math.max(1, pairs.size + others.size);
}

const pairsOf = (word: string): ReadonlySet<string> =>
  new Set(Array.from({ length: Math.max(0, word.length - 1) }, (_, index) => word.slice(index, index + 2)));
