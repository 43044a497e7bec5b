import type { Clock } from "@rolecall/common/time/clock";
import type { Pod } from "../../domain/pod/pod.ts";

export interface RefusedPeer {
  readonly atMs: number;
  /** A word of docs/troubleshooting.md, "An agent is refused", or of the wire contract. */
  readonly reason: string;
}

/** Whoever is refused says so again within a minute, as agents do, or is gone. */
const FORGET_AFTER_MS = 600_000;
const REMEMBERED = 1_000;

/** Why each address was refused last, so that a person who asks for a node without a feed is told. */
export class RefusedPeers {
  readonly #clock: Clock;
  /** The latest last. */
  readonly #byAddress = new Map<string, RefusedPeer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  refused(address: string, reason: string): void {
    this.#byAddress.delete(address);
    if (this.#byAddress.size >= REMEMBERED) this.#byAddress.delete(this.#byAddress.keys().next().value ?? "");
    this.#byAddress.set(address, { atMs: this.#clock.nowMs(), reason });
  }

  /** The latest of any of the addresses. */
  ofAny(addresses: Iterable<string>): RefusedPeer | undefined {
    const known = [...new Set(addresses)].flatMap((address) => this.#byAddress.get(address) ?? []);
    return known
      .filter(({ atMs }) => this.#clock.nowMs() - atMs < FORGET_AFTER_MS)
      .toSorted((one, other) => other.atMs - one.atMs)[0];
  }
}

/** A node's own addresses, which its agent dials from: those of its pods on the host network. */
export const addressesOfNode = (podsOfNode: Iterable<Pod>): readonly string[] =>
  [...podsOfNode].flatMap(({ hostNetwork, ips }) => (hostNetwork ? ips : []));
