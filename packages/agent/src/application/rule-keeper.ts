import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { AgentTarget } from "../domain/interception/agent-target.ts";
import { readCounters } from "../domain/interception/counters.ts";
import type { Drift } from "../domain/interception/interception-report.ts";
import {
  aliasOf,
  FAMILIES,
  type Family,
  guardChains,
  interceptionChains,
  type KeptRules,
  type OwnChain,
} from "../domain/interception/rules.ts";
import type { SavedTables } from "../domain/interception/saved-rules.ts";
import type { Lead } from "./lead.ts";
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

export interface Pass {
  /** The first of what failed; everything else was done all the same. */
  readonly failure: RuleError | undefined;
  /** The agent's run that the rules lead to by this keeper's hand. */
  readonly leadsTo: string | undefined;
}

export interface RuleKeeperOptions {
  readonly netfilter: Netfilter;
  readonly aliases: AliasAddresses;
  readonly rules: KeptRules;
  readonly recorder: InterceptionRecorder;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What stands or falls together, one after the other: the guard of every family comes before any interception. */
type Part = "guard" | "alias" | "interception";

/** One look at the kernel's rules at a time, and what is not as it should be put right. */
export class RuleKeeper {
  readonly #options: RuleKeeperOptions;
  #opened: OpenTables | undefined;
  #othersAreClean = false;
  #place: string | undefined;
  /** Parts that once stood: what changes after that is drift, what comes before is installation. */
  readonly #stood = new Set<string>();
  /** Drifts told of and not put right yet. */
  readonly #told = new Set<string>();
  readonly #unsupported = new Set<string>();
  /** Parts that did not take pods' packets when this pass looked, though they once stood. */
  readonly #gone = new Set<string>();

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
  }

  /** Guard and alias stand on every node; the rules of interception are put right where they are this keeper's. */
  async pass(lead: Omit<Lead, "onChange">): Promise<Pass> {
    const { netfilter, aliases, rules, recorder } = this.#options;
    const target = lead.target;
    this.#turnTo(target);
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
    const put = async (tables: RuleTables, part: Part, wanted: readonly OwnChain[], mayWrite = () => true) => {
      const now = saved.get(tables);
      if (now) saved.set(tables, (await attempt(part, () => this.#put(tables, now, part, wanted, mayWrite))) ?? now);
    };

    this.#gone.clear();
    const stoodBefore = new Set(this.#stood);
    for (const tables of kept) {
      const now = await attempt("read", () => tables.read());
      if (now) saved.set(tables, now);
      await put(tables, "guard", guardChains(tables.family));
    }
    for (const tables of kept) {
      const alias = aliasOf(tables.family, rules);
      if (alias === undefined) continue;
      const isThere = await attempt("alias", () => this.#ensureAlias(tables, alias, aliases));
      if (!target || isThere === false) continue;
      const { port, containerPort } = target;
      const wanted = interceptionChains(tables.family, { ...rules, port, containerPort });
      await put(tables, "interception", wanted, () => lead.isStillOurs());
    }
    for (const { family } of kept) if (this.#isOpen(family, stoodBefore)) recorder.failedOpen("rules");
    for (const [tables, now] of saved) recorder.packetsCounted(tables.family, readCounters(now));
    if (failures.length === 0 && !this.#othersAreClean) {
      // Only now: what is left of ours in the other backend guarded the node until here.
      for (const tables of others) await attempt("other backend", () => removeFrom(tables, this.#options.logger));
      this.#othersAreClean = true;
    }
    return { failure: failures[0], leadsTo: target && lead.isStillOurs() ? target.instance : undefined };
  }

  /** Whether pods had a way to the node's own metadata until this pass: either part alone would have been in it. */
  #isOpen(family: Family, stoodBefore: ReadonlySet<string>): boolean {
    const interception = `${family} interception`;
    const wasIntercepted = stoodBefore.has(interception) && !this.#gone.has(interception);
    return this.#gone.has(`${family} guard`) && !wasIntercepted;
  }

  /** Rules that lead elsewhere than they did are installed anew: that they have changed is no drift. */
  #turnTo(target: AgentTarget | undefined): void {
    const place = target && `${target.port} ${target.containerPort}`;
    if (place !== this.#place) for (const family of FAMILIES) this.#stood.delete(`${family} interception`);
    this.#place = place;
  }

  async #put(
    tables: RuleTables,
    saved: SavedTables,
    part: Part,
    wanted: readonly OwnChain[],
    mayWrite: () => boolean,
  ): Promise<SavedTables> {
    const { family, backend } = tables;
    const key = `${family} ${part}`;
    const drifted: string[] = [];
    try {
      let isWritable = true;
      const now = await putInPlace(tables, saved, wanted, (drifts) => {
        isWritable = mayWrite();
        if (!isWritable) return false;
        if (this.#stood.has(key) && drifts.some(({ kind }) => kind !== "jump-duplicate")) this.#gone.add(key);
        for (const { kind, chain } of drifts) drifted.push(this.#tellOfDrift(family, part, kind, chain));
        return true;
      });
      if (!isWritable) return saved;
      if (!this.#stood.has(key)) this.#options.logger.info({ family, backend, part }, "kernel rules stand");
      this.#stood.add(key);
      for (const drift of drifted) this.#told.delete(drift);
      return now;
    } catch (error) {
      this.#tolerate(tables, part, error);
      return saved;
    }
  }

  /** @returns false where this node can have no address of the family */
  async #ensureAlias(tables: RuleTables, alias: string, aliases: AliasAddresses): Promise<boolean> {
    const { family } = tables;
    const key = `${family} alias`;
    try {
      const wasMissing = await aliases.ensure(alias);
      if (wasMissing && this.#stood.has(key))
        this.#told.delete(this.#tellOfDrift(family, "alias", "alias-missing", alias));
      this.#stood.add(key);
      return true;
    } catch (error) {
      this.#tolerate(tables, "alias", error);
      return false;
    }
  }

  /** IPv4 is what every cluster has; a kernel that lacks a part for IPv6 is left as it is, and it is said once. */
  #tolerate({ family, backend }: RuleTables, part: Part, error: unknown): void {
    if (family !== "ipv6" || !(error instanceof RuleError) || error.reason !== "unsupported") throw error;
    const key = `${family} ${part}`;
    if (!this.#unsupported.has(key))
      this.#options.logger.warn({ family, backend, part, err: error }, "the kernel lacks a part of the rules for IPv6");
    this.#unsupported.add(key);
  }

  #tellOfDrift(family: Family, part: Part, drift: Drift, subject: string): string {
    const key = `${family} ${part} ${drift} ${subject}`;
    if (!this.#stood.has(`${family} ${part}`) || this.#told.has(key)) return key;
    this.#told.add(key);
    this.#options.recorder.rulesDrifted(family, drift, this.#options.clock.nowMs());
    this.#options.logger.warn({ family, part, drift, subject }, "kernel rules had drifted");
    return key;
  }
}

const toRuleError = (part: string, error: unknown): RuleError =>
  error instanceof RuleError
    ? new RuleError(error.reason, `${part}: ${error.message}`, { cause: error })
    : new RuleError("unexplained", `${part}: ${errorMessage(error)}`, { cause: error });
