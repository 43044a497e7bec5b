import { ALIAS_CHAIN, GUARD_CHAIN, INTERCEPTION_CHAIN, PROBE_SOURCE } from "./rules.ts";
import type { SavedTables } from "./saved-rules.ts";

/**
 * What the kernel counted since the rules were last written, the self-probe left out; each falls to zero when its chain is
 * rewritten.
 */
export interface InterceptionCounters {
  /** Connections brought to the agent: a nat rule sees the first packet of each. */
  readonly interceptedConnections: number;
  /** Packets to the metadata address that were not intercepted, and refused. */
  readonly refusedPackets: number;
  /** Packets of those that dialled the agent's alias itself, and were refused. */
  readonly refusedDirectPackets: number;
}

export function readCounters(saved: SavedTables): InterceptionCounters {
  const packetsIn = (table: string, chain: string) => {
    const rules = (saved.get(table)?.rules ?? []).filter((rule) => rule.chain === chain);
    const total = rules.reduce((sum, { spec, packets }) => sum + packets * weightOf(spec), 0);
    // Rules are not all read in one moment.
    return Math.max(0, total);
  };
  return {
    interceptedConnections: packetsIn("nat", INTERCEPTION_CHAIN),
    refusedPackets: packetsIn("filter", GUARD_CHAIN),
    refusedDirectPackets: packetsIn("filter", ALIAS_CHAIN),
  };
}

/** The self-probe's packets are counted by a rule without a target, and by the next again, or have a rule of their own. */
const weightOf = (spec: string): number => {
  const hasTarget = /(?:^| )-j /.test(spec);
  if (spec.includes(`-s ${PROBE_SOURCE}/32`)) return hasTarget ? 0 : -1;
  return hasTarget ? 1 : 0;
};
