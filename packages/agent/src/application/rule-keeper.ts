import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { readCounters } from "../domain/interception/counters.ts";
import type { DriftKind } from "../domain/interception/plan.ts";
import {
  aliasOf,
  type Family,
  guardChains,
  type InterceptionRulesOptions,
  interceptionChains,
  type OwnChain,
} from "../domain/interception/rules.ts";
import type { SavedTables } from "../domain/interception/saved-rules.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";
import {
  type AliasAddresses,
  type Netfilter,
  type OpenTables,
  RuleError,
  type RuleTables,
} from "./ports/rule-tables.ts";
import { putInPlace } from "./put-in-place.ts";
import { removeFrom } from "./remove-rules.ts";

export interface RuleKeeperOptions {
  readonly netfilter: Netfilter;
  readonly aliases: AliasAddresses;
  readonly rules: InterceptionRulesOptions;
  readonly recorder: InterceptionRecorder;
  readonly logger: Logger;
}

/** What stands or falls together, one after the other: the guard of every family comes before any interception. */
type Part = "guard" | "alias" | "interception";

/** One look at the kernel's rules at a time, and what is not as it should be put right. */
export class RuleKeeper {
  readonly #options: RuleKeeperOptions;
  #opened: OpenTables | undefined;
  #othersAreClean = false;
  /** Parts that once stood: what changes after that is drift, what comes before is installation. */
  readonly #stood = new Set<string>();
  /** Drifts told of and not put right yet. */
  readonly #told = new Set<string>();
  readonly #unsupported = new Set<string>();

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
  }

  /** @returns the first of what failed; everything else was done all the same */
  async pass(): Promise<RuleError | undefined> {
    const { netfilter, aliases, rules, recorder } = this.#options;
    const failures: RuleError[] = [];
    const attempt = async <T>(part: string, action: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await action();
      } catch (error) {
        failures.push(toRuleError(part, error));
        return undefined;
      }
    };

    this.#opened ??= await attempt("open", () => netfilter.open());
    const { kept = [], others = [] } = this.#opened ?? {};
    const saved = new Map<RuleTables, SavedTables>();
    const put = async (tables: RuleTables, part: Part, wanted: readonly OwnChain[]) => {
      const now = saved.get(tables);
      if (now) saved.set(tables, (await attempt(part, () => this.#put(tables, now, part, wanted))) ?? now);
    };

    for (const tables of kept) {
      const now = await attempt("read", () => tables.read());
      if (now) saved.set(tables, now);
      await put(tables, "guard", guardChains(tables.family));
    }
    for (const tables of kept) {
      const alias = aliasOf(tables.family, rules);
      if (alias === undefined) continue;
      await attempt("alias", () => this.#ensureAlias(tables.family, alias, aliases));
      await put(tables, "interception", interceptionChains(tables.family, rules));
    }
    for (const [tables, now] of saved) recorder.packetsCounted(tables.family, readCounters(now));
    if (failures.length === 0 && !this.#othersAreClean) {
      // Only now: what is left of ours in the other backend guarded the node until here.
      for (const tables of others) await attempt("other backend", () => removeFrom(tables, this.#options.logger));
      this.#othersAreClean = true;
    }
    return failures[0];
  }

  async #put(tables: RuleTables, saved: SavedTables, part: Part, wanted: readonly OwnChain[]): Promise<SavedTables> {
    const { family, backend } = tables;
    const key = `${family} ${part}`;
    const drifted: string[] = [];
    try {
      const now = await putInPlace(tables, saved, wanted, (drifts) => {
        for (const { kind, chain } of drifts) drifted.push(this.#tellOfDrift(family, part, kind, chain));
      });
      if (!this.#stood.has(key)) this.#options.logger.info({ family, backend, part }, "kernel rules stand");
      this.#stood.add(key);
      for (const drift of drifted) this.#told.delete(drift);
      return now;
    } catch (error) {
      if (family !== "ipv6" || !(error instanceof RuleError) || error.reason !== "unsupported") throw error;
      // IPv4 is what every cluster has; a kernel that cannot filter or translate IPv6 is left as it is, and it is said.
      if (!this.#unsupported.has(key))
        this.#options.logger.warn(
          { family, backend, part, err: error },
          "the kernel lacks a part of the rules for IPv6",
        );
      this.#unsupported.add(key);
      return saved;
    }
  }

  async #ensureAlias(family: Family, alias: string, aliases: AliasAddresses): Promise<void> {
    const wasMissing = await aliases.ensure(alias);
    const key = `${family} alias`;
    if (wasMissing && this.#stood.has(key))
      this.#told.delete(this.#tellOfDrift(family, "alias", "alias-missing", alias));
    this.#stood.add(key);
  }

  #tellOfDrift(family: Family, part: Part, drift: DriftKind | "alias-missing", subject: string): string {
    const key = `${family} ${part} ${drift} ${subject}`;
    if (!this.#stood.has(`${family} ${part}`) || this.#told.has(key)) return key;
    this.#told.add(key);
    this.#options.recorder.rulesDrifted(family, drift);
    this.#options.logger.warn({ family, part, drift, subject }, "kernel rules had drifted");
    return key;
  }
}

const toRuleError = (part: string, error: unknown): RuleError =>
  error instanceof RuleError
    ? new RuleError(error.reason, `${part}: ${error.message}`, { cause: error })
    : new RuleError("unexplained", `${part}: ${errorMessage(error)}`, { cause: error });
