import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { LeafReading, NodeMetadata } from "../../application/ports/node-metadata.ts";
import { DEFAULT_LEAVES } from "../../domain/imds/allow-list.ts";

/** Zone, type and identity stay as they are for as long as the instance runs. */
const FIXED_FOR_LIFE: ReadonlySet<string> = new Set(DEFAULT_LEAVES);
const FRESH_FIXED_MS = 60 * 60_000;
const FRESH_OTHER_MS = 10_000;
/** How old a value that may change is still served while the instance's service fails. */
const STALE_OTHER_MS = 5 * 60_000;
/** After a failure an older value is served at once for this long, before the next attempt. */
const PAUSE_AFTER_FAILURE_MS = 5_000;

export interface CachedLeavesOptions {
  readonly source: NodeMetadata;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Leaf {
  /** The last usable answer, absence included. */
  last?: { readonly reading: LeafReading; readonly atMs: number };
  /** Under way, for all who ask meanwhile. */
  flight?: Promise<LeafReading>;
  failedAtMs?: number;
}

/** Spares the instance's metadata service, which limits its callers, and outlives its failures. */
export class CachedLeaves implements NodeMetadata {
  readonly #options: CachedLeavesOptions;
  /** Paths come from the allow-list, so there are no more than it has. */
  readonly #leaves = new Map<string, Leaf>();

  constructor(options: CachedLeavesOptions) {
    this.#options = options;
  }

  async read(path: string): Promise<LeafReading> {
    const leaf = this.#leaves.get(path) ?? {};
    this.#leaves.set(path, leaf);
    const nowMs = this.#options.clock.nowMs();
    const freshMs = FIXED_FOR_LIFE.has(path) && leaf.last?.reading.kind === "found" ? FRESH_FIXED_MS : FRESH_OTHER_MS;
    if (leaf.last && nowMs - leaf.last.atMs < freshMs) return leaf.last.reading;
    if (leaf.failedAtMs !== undefined && nowMs - leaf.failedAtMs < PAUSE_AFTER_FAILURE_MS) {
      const stale = this.#stale(path, leaf);
      if (stale) return stale;
    }
    leaf.flight ??= this.#fetch(path, leaf).finally(() => {
      delete leaf.flight;
    });
    return leaf.flight;
  }

  async #fetch(path: string, leaf: Leaf): Promise<LeafReading> {
    const { source, clock, log } = this.#options;
    const reading = await source.read(path);
    const nowMs = clock.nowMs();
    if (reading.kind === "found" || reading.kind === "absent") {
      leaf.last = { reading, atMs: nowMs };
      delete leaf.failedAtMs;
      return reading;
    }
    const stale = this.#stale(path, leaf);
    if (leaf.failedAtMs === undefined)
      log.warn({ path, reason: reading.kind, staleServed: stale !== undefined }, "the node's metadata cannot be read");
    leaf.failedAtMs = nowMs;
    return stale ?? reading;
  }

  /** The last answer, if it may still be served although it could not be renewed. */
  #stale(path: string, { last }: Leaf): LeafReading | undefined {
    if (last?.reading.kind !== "found") return undefined;
    const usable = FIXED_FOR_LIFE.has(path) || this.#options.clock.nowMs() - last.atMs < STALE_OTHER_MS;
    return usable ? last.reading : undefined;
  }
}
