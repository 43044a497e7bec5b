import type { RemoteClock } from "@rolecall/common/time/remote-clock";
import type { PodAddresses } from "../domain/address/pod-addresses.ts";
import type { Credentials } from "../domain/credentials/credentials.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";
import type { Standing } from "../domain/credentials/standing.ts";
import type { PodStandings } from "./ports/pod-standings.ts";

export interface NodeStandingsOptions {
  readonly addresses: PodAddresses;
  readonly view: NodeView;
  readonly isNodeAddress: (address: string) => boolean;
  readonly awsClock: RemoteClock;
}

/** Joins who owns an address with what the server said of that pod. */
export class NodeStandings implements PodStandings {
  readonly #options: NodeStandingsOptions;

  constructor(options: NodeStandingsOptions) {
    this.#options = options;
  }

  at(address: string): Standing {
    const { addresses, view, isNodeAddress, awsClock } = this.#options;
    const owner = addresses.ownerOf(address);
    if (owner) return byThisClock(view.standing(owner.podUid, awsClock.nowMs()), awsClock);
    return { kind: isNodeAddress(address) ? "host" : "unknown-address" };
  }

  onChange(listener: () => void): () => void {
    const unsubscribe = [this.#options.addresses.onChange(listener), this.#options.view.onChange(listener)];
    return () => {
      for (const end of unsubscribe) end();
    };
  }
}

/** A pod's client goes by the node's clock: what it is told must be in that. */
function byThisClock(standing: Standing, awsClock: RemoteClock): Standing {
  if (standing.kind !== "ready" || awsClock.offsetMs === 0) return standing;
  const { credentials } = standing;
  const last = lastShifted.get(credentials);
  if (last?.offsetMs === awsClock.offsetMs) return { ...standing, credentials: last.shifted };
  const shifted = {
    ...credentials,
    expiresAtMs: awsClock.toLocalMs(credentials.expiresAtMs),
    receivedAtMs: awsClock.toLocalMs(credentials.receivedAtMs),
  };
  lastShifted.set(credentials, { offsetMs: awsClock.offsetMs, shifted });
  return { ...standing, credentials: shifted };
}

/** The same object each time, as the document that is made of it is remembered by it. */
const lastShifted = new WeakMap<Credentials, { readonly offsetMs: number; readonly shifted: Credentials }>();

/** Hands the addresses that the feed knows on to who decides on addresses. */
export function feedAddresses(view: NodeView, addresses: PodAddresses): void {
  const fed = new Set<string>();
  const take = (uid: string) => {
    const pod = view.pod(uid);
    if (pod) {
      fed.add(uid);
      addresses.setFeed({ podUid: uid, namespace: pod.namespace, name: pod.name }, pod.ips);
    } else if (fed.delete(uid)) addresses.removeFeed(uid);
  };
  view.onChange((change) => {
    if (change.kind === "pod") take(change.pod.uid);
    else if (change.kind === "pod-removed") take(change.uid);
    else if (change.kind === "snapshot")
      for (const uid of new Set([...fed, ...change.pods.map((pod) => pod.uid)])) take(uid);
  });
}
