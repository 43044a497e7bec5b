import { type Drift, planRules } from "../domain/interception/plan.ts";
import type { OwnChain } from "../domain/interception/rules.ts";
import type { SavedTables } from "../domain/interception/saved-rules.ts";
import { RuleError, type RuleTables } from "./ports/rule-tables.ts";

/**
 * Makes chains stand as wanted and makes sure that they do.
 *
 * @param saved what the tables held a moment ago
 * @param beforeWrite called before anything is written, which it can forbid by returning false
 * @returns what the tables hold now
 * @throws RuleError
 */
export async function putInPlace(
  tables: RuleTables,
  saved: SavedTables,
  wanted: readonly OwnChain[],
  beforeWrite: (drifts: readonly Drift[]) => boolean,
): Promise<SavedTables> {
  const plan = planRules(saved, wanted);
  if (plan.kind === "in-place") return saved;
  if (!beforeWrite(plan.drifts)) return saved;
  await tables.apply(plan.input);
  const now = await tables.read();
  const rest = planRules(now, wanted);
  if (rest.kind === "in-place") return now;
  throw new RuleError("not-kept", rest.drifts.map(({ kind, chain }) => `${chain}: ${kind}`).join(", "));
}
