import type { Logger } from "@rolecall/common/telemetry/logger";
import { planRemoval } from "../domain/interception/plan.ts";
import { aliasOf, FAMILIES, type KeptRules, OWN_CHAINS } from "../domain/interception/rules.ts";
import type { AliasAddresses, Netfilter, RuleTables } from "./ports/rule-tables.ts";
import type { ProbeLink } from "./ports/self-probe.ts";

/** Where something of ours is. */
export interface RemovedFrom {
  readonly netfilter: Netfilter;
  readonly aliases: AliasAddresses;
  readonly link: Pick<ProbeLink, "remove">;
}

/**
 * Takes our chains, every jump to them, the self-probe's link and the alias from the node, and nothing else: for an uninstall, since from then on
 * pods reach the node's own metadata and role.
 *
 * @throws RuleError
 */
export async function removeAll(
  { netfilter, aliases, link }: RemovedFrom,
  rules: KeptRules,
  logger: Logger,
): Promise<void> {
  const { kept, others } = await netfilter.open();
  for (const tables of [...kept, ...others]) await removeFrom(tables, logger);
  await link.remove();
  for (const family of FAMILIES) {
    const alias = aliasOf(family, rules);
    if (alias !== undefined) await aliases.remove(alias);
  }
}

/** @returns whether there was anything of ours */
export async function removeFrom(tables: RuleTables, logger: Logger): Promise<boolean> {
  const input = planRemoval(await tables.read(), OWN_CHAINS);
  if (input === undefined) return false;
  await tables.apply(input);
  logger.info({ family: tables.family, backend: tables.backend }, "interception rules removed");
  return true;
}
