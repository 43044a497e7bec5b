import { networkInterfaces } from "node:os";
import type { Clock } from "@rolecall/common/time/clock";

/** Listing interfaces costs a tenth of a millisecond; a node's addresses change with its network interfaces, if ever. */
const KEEP_MS = 5_000;

/**
 * Tells the node's own addresses from pods'. A process of the host and a pod on the host network share them, so neither
 * can be told from the other.
 */
export function nodeAddresses(clock: Clock): (address: string) => boolean {
  let known: ReadonlySet<string> = new Set();
  let readAtMs = Number.NEGATIVE_INFINITY;
  return (address) => {
    const nowMs = clock.nowMs();
    if (nowMs - readAtMs >= KEEP_MS) {
      known = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address)));
      readAtMs = nowMs;
    }
    return known.has(address);
  };
}
