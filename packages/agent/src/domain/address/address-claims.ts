import type { PodName } from "./cni-result.ts";

const ADDRESS_CONFLICTS = [
  /** The node's own record and the feed name different pods. The record wins; the feed lags behind an address's reuse. */
  "local-and-feed",
  /** Two records name one address: one is left over from before a reboot. The one written last wins. */
  "two-local",
  /** The feed names two pods and the node has no record: nobody owns the address. */
  "two-feed",
] as const;
export type AddressConflictKind = (typeof ADDRESS_CONFLICTS)[number];

export interface AddressConflict {
  readonly kind: AddressConflictKind;
  readonly address: string;
  /** Sorted. */
  readonly podUids: readonly string[];
}

/** Who says that an address is whose. */
export interface Claims {
  /** The node's own records, by file. */
  readonly local: Map<string, LocalClaim>;
  /** By pod UID. */
  readonly feed: Map<string, PodName>;
  /** Those that stand, each under what makes it the same conflict. */
  conflicts: ReadonlyMap<string, AddressConflict>;
  owner: PodName | undefined;
}

interface LocalClaim {
  readonly pod: PodName;
  readonly writtenAtMs: number;
}

export function ownerAmong({ local, feed }: Claims): PodName | undefined {
  let newest: LocalClaim | undefined;
  for (const claim of local.values()) if (!newest || claim.writtenAtMs >= newest.writtenAtMs) newest = claim;
  if (newest) return newest.pod;
  // Two pods and no word of the node: a guess could hand one pod the other's role.
  return feed.size === 1 ? feed.values().next().value : undefined;
}

export function conflictsOn(address: string, { local, feed, owner }: Claims): readonly AddressConflict[] {
  const localUids = new Set([...local.values()].map(({ pod }) => pod.podUid));
  const conflicts: AddressConflict[] = [];
  const add = (kind: AddressConflictKind, uids: Iterable<string>) =>
    conflicts.push({ kind, address, podUids: [...new Set(uids)].sort() });
  if (localUids.size > 1) add("two-local", localUids);
  if (local.size === 0 && feed.size > 1) add("two-feed", feed.keys());
  if (owner && local.size > 0 && [...feed.keys()].some((podUid) => podUid !== owner.podUid))
    add("local-and-feed", [owner.podUid, ...feed.keys()]);
  return conflicts;
}
