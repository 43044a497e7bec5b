import { type Drift, planRules } from "../domain/interception/plan.ts";
import type { OwnChain } from "../domain/interception/rules.ts";
import type { SavedTables } from "../domain/interception/saved-rules.ts";
import { RuleError, type RuleTables } from "./ports/rule-tables.ts";

/**
 * Makes chains stand as wanted and makes sure that they do.
 *
 * @param saved what the tables held a moment ago
 * @param onDrift called before anything is written
 * @returns what the tables hold now
 * @throws RuleError
 */
export async function putInPlace(
  tables: RuleTables,
  saved: SavedTables,
  wanted: readonly OwnChain[],
  onDrift: (drifts: readonly Drift[]) => void,
): Promise<SavedTables> {
  const plan = planRules(saved, wanted);
  if (plan.kind === "in-place") return saved;
  onDrift(plan.drifts);
  await tables.apply(plan.input);
  const now = await tables.read();
  const rest = planRules(now, wanted);
  if (rest.kind === "in-place") return now;
  throw new RuleError("not-kept", rest.drifts.map(({ kind, chain }) => `${chain}: ${kind}`).join(", "));
}
