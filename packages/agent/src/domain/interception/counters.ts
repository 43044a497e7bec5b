import { ALIAS_CHAIN, GUARD_CHAIN, INTERCEPTION_CHAIN } from "./rules.ts";
import type { SavedTables } from "./saved-rules.ts";

/** What the kernel counted since the rules were last written; each falls to zero when its chain is rewritten. */
export interface InterceptionCounters {
  /** Connections brought to the agent: a nat rule sees the first packet of each. */
  readonly interceptedConnections: number;
  /** Packets to the metadata address that were not intercepted, and refused. */
  readonly refusedPackets: number;
  /** Packets of those that dialled the agent's alias itself, and were refused. */
  readonly refusedDirectPackets: number;
}

export function readCounters(saved: SavedTables): InterceptionCounters {
  const packetsIn = (table: string, chain: string) =>
    (saved.get(table)?.rules ?? [])
      .filter((rule) => rule.chain === chain)
      .reduce((total, { packets }) => total + packets, 0);
  return {
    interceptedConnections: packetsIn("nat", INTERCEPTION_CHAIN),
    refusedPackets: packetsIn("filter", GUARD_CHAIN),
    refusedDirectPackets: packetsIn("filter", ALIAS_CHAIN),
  };
}
