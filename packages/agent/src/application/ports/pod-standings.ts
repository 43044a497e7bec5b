import type { Standing } from "../../domain/credentials/standing.ts";

/** Who owns an address on this node, and what it may have: from memory, never waiting. */
export interface PodStandings {
  /** @param address a plain IPv4 or IPv6 address, never IPv4-mapped */
  at(address: string): Standing;
  /** Calls back after anything changed that may change an answer; the result ends the subscription. */
  onChange(listener: () => void): () => void;
}
