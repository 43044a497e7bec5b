import type { Clock } from "@rolecall/common/time/clock";
import { type Assumption, type AssumptionKey, assumptionKey } from "../domain/credentials/assumption.ts";
import { liveCredentials, type StsFailure } from "../domain/credentials/assumption-state.ts";
import type { Credentials } from "../domain/credentials/credentials.ts";
import type { FedPod, NodeChange } from "../domain/feed/node-change.ts";
import type { NamespaceInventory } from "../domain/namespace/namespace-inventory.ts";
import type { Pod } from "../domain/pod/pod.ts";
import type { PodInventory } from "../domain/pod/pod-inventory.ts";
import type { Grant } from "../domain/policy/grant.ts";
import type { HandOuts } from "./audit-hand-outs.ts";
import type { StandingGrant } from "./count-grants.ts";
import type { CredentialStore, Hold } from "./credential-store.ts";

export interface NodeFeedDependencies {
  readonly pods: PodInventory;
  readonly namespaces: NamespaceInventory;
  readonly credentials: CredentialStore;
  readonly decide: (pod: Pod) => Grant;
  /** Hears of each pod's new grant and each failure of its assumption, to tell people. */
  readonly verdicts: PodVerdicts;
  readonly handOuts: HandOuts;
  /** The time that credentials are in. */
  readonly awsClock: Clock;
}

export interface PodVerdicts {
  decided(pod: Pod, grant: Grant): void;
  failed(pod: Pod, failure: StsFailure): void;
}

/**
 * What one agent has to know, kept current: the pods of its node with their grants, and the credentials those need.
 *
 * Nothing is queued. A change marks its subject, and `takeChanges` yields what is true of each marked subject by then, so
 * that a slow agent costs memory for its node's pods once and never for their history.
 */
export class NodeFeed {
  readonly #node: string;
  readonly #deps: NodeFeedDependencies;
  readonly #agentHoldsUntilMs: ReadonlyMap<string, number>;
  readonly #pods = new Map<string, FedPod>();
  readonly #holds = new Map<AssumptionKey, Hold>();
  /** Those that a pod with an address needs: its containers may run already. */
  readonly #awaited = new Set<AssumptionKey>();
  /** Each pod's version at the snapshot, until a later one was told. */
  readonly #snapshotVersions = new Map<string, number>();
  readonly #dirtyPods = new Set<string>();
  readonly #dirtyAssumptions = new Set<AssumptionKey>();
  readonly #unsubscribe: readonly (() => void)[];
  #onDirty: () => void = () => {};

  /** @param agentHoldsUntilMs what the agent still holds: expiration by assumption key */
  constructor(node: string, agentHoldsUntilMs: ReadonlyMap<string, number>, deps: NodeFeedDependencies) {
    this.#node = node;
    this.#deps = deps;
    this.#agentHoldsUntilMs = agentHoldsUntilMs;
    this.#unsubscribe = [
      deps.pods.watchNode(node, (uid) => this.#review(uid)),
      deps.namespaces.onChange((name) => this.#reviewNamespace(name)),
    ];
    for (const { uid, version } of deps.pods.on(node)) {
      this.#review(uid);
      this.#snapshotVersions.set(uid, version);
    }
  }

  /** Calls back when there is something to take; at once when there already is. */
  onChange(listener: () => void): void {
    this.#onDirty = listener;
    if (this.#dirtyPods.size + this.#dirtyAssumptions.size > 0) listener();
  }

  /** What changed since the last time, as it is now: a grant comes after the credentials it needs and before those it no longer does. */
  takeChanges(): readonly NodeChange[] {
    const held: NodeChange[] = [];
    const removed: NodeChange[] = [];
    for (const key of this.#dirtyAssumptions) {
      const hold = this.#holds.get(key);
      if (hold) held.push({ kind: "assumption", assumption: hold.assumption, state: hold.state() });
      else removed.push({ kind: "assumption-removed", key });
    }
    const pods = [...this.#dirtyPods].map((uid): NodeChange => {
      const fed = this.#pods.get(uid);
      return fed ? { kind: "pod", fed } : { kind: "pod-removed", uid };
    });
    this.#dirtyAssumptions.clear();
    this.#dirtyPods.clear();
    return [...held, ...pods, ...removed];
  }

  /** How each pod of the node stands. */
  *grants(): Iterable<StandingGrant> {
    for (const { grant } of this.#pods.values()) {
      const hold = grant.kind === "granted" ? this.#holds.get(assumptionKey(grant.assumption)) : undefined;
      yield { grant, state: hold?.state() };
    }
  }

  /** Nothing is told or held from here on; to close again does nothing. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const hold of this.#holds.values()) hold.release();
    this.#holds.clear();
    this.#dirtyPods.clear();
    this.#dirtyAssumptions.clear();
    this.#onDirty = () => {};
  }

  #reviewNamespace(name: string): void {
    for (const { pod } of [...this.#pods.values()]) {
      if (pod.namespace !== name) continue;
      this.#review(pod.uid);
      const grant = this.#pods.get(pod.uid)?.grant;
      if (grant?.kind === "granted") this.#need(grant.assumption).reconsider();
    }
  }

  #review(uid: string): void {
    const before = this.#pods.get(uid);
    const pod = this.#deps.pods.get(uid);
    if (pod?.node === this.#node) this.#feed(pod, before);
    else if (this.#pods.delete(uid)) {
      this.#snapshotVersions.delete(uid);
      this.#markPod(uid);
    }
    if (before?.grant.kind === "granted") this.#releaseUnneeded(assumptionKey(before.grant.assumption));
  }

  #feed(pod: Pod, before: FedPod | undefined): void {
    const namespaceTokens = this.#deps.namespaces.get(pod.namespace)?.imdsTokens;
    const fed = { pod, grant: this.#deps.decide(pod), namespaceTokens };
    this.#pods.set(pod.uid, fed);
    if (before && sameForAgent(before, fed) && !this.#isLaterThanSnapshot(pod)) return;
    const isNew = !before || !sameGrant(before.grant, fed.grant);
    if (isNew) this.#deps.verdicts.decided(pod, fed.grant);
    if (fed.grant.kind === "granted") {
      if (pod.ips.length > 0) this.#awaited.add(assumptionKey(fed.grant.assumption));
      const hold = this.#need(fed.grant.assumption);
      if (isNew && before) hold.reconsider();
      const state = hold.state();
      if (isNew && state.kind === "failed") this.#deps.verdicts.failed(pod, state.failure);
      const live = liveCredentials(state, this.#deps.awsClock.nowMs());
      if (isNew && live) this.#handOut([pod], hold.assumption, live);
    }
    this.#markPod(pod.uid);
  }

  /**
   * Whether this is the first that is heard of a pod since the snapshot. An agent that another server has told a later
   * version keeps that until it hears of one here, even where nothing has changed since the snapshot.
   */
  #isLaterThanSnapshot({ uid, version }: Pod): boolean {
    const told = this.#snapshotVersions.get(uid);
    if (told === undefined || version <= told) return false;
    this.#snapshotVersions.delete(uid);
    return true;
  }

  #need(assumption: Assumption): Hold {
    const key = assumptionKey(assumption);
    const present = this.#holds.get(key);
    if (present) return present;
    const hold = this.#deps.credentials.hold(assumption, () => this.#stateChanged(key), {
      agentHoldsUntilMs: this.#agentHoldsUntilMs.get(key),
      isAwaited: () => this.#awaited.has(key),
    });
    this.#holds.set(key, hold);
    this.#markAssumption(key);
    return hold;
  }

  #stateChanged(key: AssumptionKey): void {
    const state = this.#holds.get(key)?.state();
    // While STS is asked, and when a refresh failed, the agent has nothing new to learn.
    if (state?.kind !== "fresh" && state?.kind !== "failed") return;
    this.#markAssumption(key);
    const pods = [...this.#pods.values()].flatMap(({ pod, grant }) =>
      grant.kind === "granted" && assumptionKey(grant.assumption) === key ? [{ pod, ...grant }] : [],
    );
    if (state.kind === "failed") for (const { pod } of pods) this.#deps.verdicts.failed(pod, state.failure);
    const [first] = pods;
    if (state.kind === "fresh" && first) {
      this.#handOut(
        pods.map(({ pod }) => pod),
        first.assumption,
        state.credentials,
      );
    }
  }

  #handOut(pods: readonly Pod[], assumption: Assumption, credentials: Credentials): void {
    this.#deps.handOuts.handedOut(this.#node, pods, assumption, credentials);
  }

  #releaseUnneeded(key: AssumptionKey): void {
    for (const { grant } of this.#pods.values()) {
      if (grant.kind === "granted" && assumptionKey(grant.assumption) === key) return;
    }
    this.#holds.get(key)?.release();
    this.#awaited.delete(key);
    if (this.#holds.delete(key)) this.#markAssumption(key);
  }

  #markPod(uid: string): void {
    this.#dirtyPods.add(uid);
    this.#onDirty();
  }

  #markAssumption(key: AssumptionKey): void {
    this.#dirtyAssumptions.add(key);
    this.#onDirty();
  }
}

const sameGrant = (a: Grant, b: Grant): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A pod changes often; most of that an agent never sees. */
const sameForAgent = (a: FedPod, b: FedPod): boolean =>
  a.pod.ips.join() === b.pod.ips.join() && a.namespaceTokens === b.namespaceTokens && sameGrant(a.grant, b.grant);
