import { type AddressConflict, type Claims, conflictsOn, ownerAmong } from "./address-claims.ts";
import type { CniResult, PodName } from "./cni-result.ts";
import { canonicalAddress } from "./ip-address.ts";

export interface PodAddressesOptions {
  /** The node's own addresses belong to no pod, whatever a record or the feed says of them. */
  readonly isNodeAddress: (address: string) => boolean;
  /** Called when a conflict arises; again only after it was gone or its pods changed. */
  readonly onConflict: (conflict: AddressConflict) => void;
}

/**
 * Which pod owns an address on this node, right now. The node's own CNI results decide; the feed's `podIPs` fill in
 * where the node says nothing. An address that is passed on (kiam#499) belongs to its new pod from the moment the new
 * record is written, and the feed, which learns of both ends later, cannot give it back.
 */
export class PodAddresses {
  readonly #options: PodAddressesOptions;
  readonly #claims = new Map<string, Claims>();
  readonly #results = new Map<string, CniResult>();
  readonly #feedIps = new Map<string, readonly string[]>();
  readonly #changeListeners = new Set<() => void>();
  readonly #appearanceListeners = new Set<(pod: PodName) => void>();
  readonly #departureListeners = new Set<(pod: PodName) => void>();

  constructor(options: PodAddressesOptions) {
    this.#options = options;
  }

  /** @param address canonical */
  ownerOf(address: string): PodName | undefined {
    const owner = this.#claims.get(address)?.owner;
    return owner && !this.#options.isNodeAddress(address) ? owner : undefined;
  }

  /** Pods that own at least one address. */
  podCount(): number {
    return new Set([...this.#claims.values()].flatMap(({ owner }) => owner?.podUid ?? [])).size;
  }

  /** Records what a file of the CNI result directory says now, in place of what it said before. */
  setLocal(file: string, result: CniResult, writtenAtMs: number): void {
    const before = this.#results.get(file);
    const isNew = !this.#isNamed(result.podUid);
    this.#results.set(file, result);
    const pod = podOf(result);
    for (const ip of before?.ips ?? []) this.#claims.get(ip)?.local.delete(file);
    for (const ip of result.ips) this.#claimsOn(ip).local.set(file, { pod, writtenAtMs });
    this.#settle([...(before?.ips ?? []), ...result.ips]);
    if (isNew) for (const listener of this.#appearanceListeners) listener(pod);
    if (before) this.#tellIfGone(before);
  }

  removeLocal(file: string): void {
    const before = this.#results.get(file);
    if (!before) return;
    this.#results.delete(file);
    for (const ip of before.ips) this.#claims.get(ip)?.local.delete(file);
    this.#settle(before.ips);
    this.#tellIfGone(before);
  }

  /** @param ips as the feed spells them; what is no address is left out */
  setFeed(pod: PodName, ips: readonly string[]): void {
    const before = this.#feedIps.get(pod.podUid) ?? [];
    const after = ips.map(canonicalAddress).filter((ip) => ip !== undefined);
    this.#feedIps.set(pod.podUid, after);
    for (const ip of before) this.#claims.get(ip)?.feed.delete(pod.podUid);
    for (const ip of after) this.#claimsOn(ip).feed.set(pod.podUid, pod);
    this.#settle([...before, ...after]);
  }

  removeFeed(podUid: string): void {
    const ips = this.#feedIps.get(podUid) ?? [];
    this.#feedIps.delete(podUid);
    for (const ip of ips) this.#claims.get(ip)?.feed.delete(podUid);
    this.#settle(ips);
  }

  /** Calls back after an address changed its owner; the result ends the subscription. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Calls back when the node first names a pod, which is before any container of it starts; the result unsubscribes. */
  onPodAppeared(listener: (pod: PodName) => void): () => void {
    this.#appearanceListeners.add(listener);
    return () => this.#appearanceListeners.delete(listener);
  }

  /** Calls back when the node names a pod no more, which is after its containers have ended; the result unsubscribes. */
  onPodGone(listener: (pod: PodName) => void): () => void {
    this.#departureListeners.add(listener);
    return () => this.#departureListeners.delete(listener);
  }

  /** The pods that the node names now, for a listener that comes late. */
  localPods(): readonly PodName[] {
    return [...new Map([...this.#results.values()].map((result) => [result.podUid, podOf(result)])).values()];
  }

  #isNamed(podUid: string): boolean {
    return [...this.#results.values()].some((result) => result.podUid === podUid);
  }

  #tellIfGone(result: CniResult): void {
    if (this.#isNamed(result.podUid)) return;
    for (const listener of this.#departureListeners) listener(podOf(result));
  }

  #claimsOn(ip: string): Claims {
    const known = this.#claims.get(ip);
    if (known) return known;
    const claims: Claims = { local: new Map(), feed: new Map(), conflicts: new Map(), owner: undefined };
    this.#claims.set(ip, claims);
    return claims;
  }

  #settle(ips: readonly string[]): void {
    let changed = false;
    for (const ip of new Set(ips)) {
      const claims = this.#claims.get(ip);
      if (!claims) continue;
      const owner = ownerAmong(claims);
      changed ||= owner?.podUid !== claims.owner?.podUid;
      claims.owner = owner;
      const told = claims.conflicts;
      claims.conflicts = new Map(conflictsOn(ip, claims).map((conflict) => [JSON.stringify(conflict), conflict]));
      for (const [key, conflict] of claims.conflicts) if (!told.has(key)) this.#options.onConflict(conflict);
      if (claims.local.size === 0 && claims.feed.size === 0) this.#claims.delete(ip);
    }
    if (changed) for (const listener of this.#changeListeners) listener();
  }
}

const podOf = ({ podUid, namespace, name }: PodName): PodName => ({ podUid, namespace, name });
