import type { Clock } from "@rolecall/common/time/clock";
import type { PodAddresses } from "../domain/address/pod-addresses.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";
import type { Standing } from "../domain/credentials/standing.ts";
import type { PodStandings } from "./ports/pod-standings.ts";

export interface NodeStandingsOptions {
  readonly addresses: PodAddresses;
  readonly view: NodeView;
  readonly isNodeAddress: (address: string) => boolean;
  readonly clock: Clock;
}

/** Joins who owns an address with what the server said of that pod. */
export class NodeStandings implements PodStandings {
  readonly #options: NodeStandingsOptions;

  constructor(options: NodeStandingsOptions) {
    this.#options = options;
  }

  at(address: string): Standing {
    const { addresses, view, isNodeAddress, clock } = this.#options;
    const owner = addresses.ownerOf(address);
    if (owner) return view.standing(owner.podUid, clock.nowMs());
    return { kind: isNodeAddress(address) ? "host" : "unknown-address" };
  }

  onChange(listener: () => void): () => void {
    const unsubscribe = [this.#options.addresses.onChange(listener), this.#options.view.onChange(listener)];
    return () => {
      for (const end of unsubscribe) end();
    };
  }
}

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
