import type { TokenPolicy } from "../imds/token-policy.ts";
import type { Credentials } from "./credentials.ts";
import type { GrantedRole, Standing } from "./standing.ts";

/** The server's verdict on a pod. */
export type Grant =
  | { readonly kind: "granted"; readonly assumptionKey: string; readonly role: GrantedRole }
  | { readonly kind: "denied"; readonly reason: string }
  | { readonly kind: "none" };

export interface ViewedPod {
  readonly uid: string;
  /** Higher for a later state of the pod; 0 where the server did not say. */
  readonly version: number;
  readonly namespace: string;
  readonly name: string;
  /** `status.podIPs`; empty until the API knows them. */
  readonly ips: readonly string[];
  readonly grant: Grant;
  /** What its namespace says of session tokens; undefined where it does not say. */
  readonly namespaceTokens?: TokenPolicy | undefined;
}

export type AssumptionOutcome =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | { readonly kind: "failure"; readonly reason: string };

export type ViewChange =
  | {
      readonly kind: "snapshot";
      readonly pods: readonly ViewedPod[];
      readonly assumptions: ReadonlyMap<string, AssumptionOutcome>;
    }
  | { readonly kind: "pod"; readonly pod: ViewedPod }
  | { readonly kind: "pod-removed"; readonly uid: string }
  | { readonly kind: "assumption"; readonly key: string; readonly outcome: AssumptionOutcome }
  | { readonly kind: "assumption-removed"; readonly key: string };

/** What the server said of this node's pods, kept while no server can be reached. */
export class NodeView {
  readonly #pods = new Map<string, ViewedPod>();
  readonly #assumptions = new Map<string, AssumptionOutcome>();
  /**
   * Pods that the feed does not name: asked for because it had not brought them, or of a snapshot before this one and still
   * on the node. What the feed says of them later stands.
   */
  readonly #adopted = new Set<string>();
  readonly #podsOnNode: () => Iterable<string>;
  readonly #listeners = new Set<(change: ViewChange) => void>();
  #hasSnapshot = false;

  /** @param podsOnNode UIDs of the pods that the node itself knows to be there */
  constructor(podsOnNode: () => Iterable<string> = () => []) {
    this.#podsOnNode = podsOnNode;
  }

  /** Whether a server has ever told the whole of what this node may know. */
  get hasSnapshot(): boolean {
    return this.#hasSnapshot;
  }

  pod(uid: string): ViewedPod | undefined {
    return this.#pods.get(uid);
  }

  /** Whether a pod is here that the server which feeds this node has not named. */
  isAdopted(uid: string): boolean {
    return this.#adopted.has(uid);
  }

  pods(): Iterable<ViewedPod> {
    return this.#pods.values();
  }

  /** Every set of credentials held, expired ones included. */
  credentials(): readonly Credentials[] {
    return [...this.#assumptions.values()].flatMap((outcome) =>
      outcome.kind === "credentials" ? [outcome.credentials] : [],
    );
  }

  /** Credentials that live, by assumption: what a new server need not ask STS for at once. */
  liveCredentials(nowMs: number): ReadonlyMap<string, Credentials> {
    const live = new Map<string, Credentials>();
    for (const [key, outcome] of this.#assumptions) {
      if (outcome.kind === "credentials" && outcome.credentials.expiresAtMs > nowMs) live.set(key, outcome.credentials);
    }
    return live;
  }

  /** What a pod may have now. */
  standing(podUid: string, nowMs: number): Standing {
    const pod = this.#pods.get(podUid);
    if (!pod) return { kind: "unknown-grant", podUid };
    const { grant, namespaceTokens } = pod;
    switch (grant.kind) {
      case "none":
        return { kind: "no-role", podUid, namespaceTokens };
      case "denied":
        return { kind: "denied", podUid, namespaceTokens, reason: grant.reason };
      case "granted": {
        const { role } = grant;
        const outcome = this.#assumptions.get(grant.assumptionKey);
        if (!outcome) return { kind: "pending", podUid, namespaceTokens, role };
        if (outcome.kind === "failure")
          return { kind: "failed", podUid, namespaceTokens, role, reason: outcome.reason };
        const { credentials } = outcome;
        if (credentials.expiresAtMs > nowMs) return { kind: "ready", podUid, namespaceTokens, role, credentials };
        return { kind: "failed", podUid, namespaceTokens, role, reason: "credentials-expired" };
      }
    }
  }

  /** Calls back after each change; the result ends the subscription. */
  onChange(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  apply(change: ViewChange, nowMs: number): void {
    switch (change.kind) {
      case "snapshot":
        this.#replace(change.pods, change.assumptions, nowMs);
        break;
      case "pod":
        this.#adopted.delete(change.pod.uid);
        this.#pods.set(change.pod.uid, change.pod);
        break;
      case "pod-removed":
        this.#adopted.delete(change.uid);
        this.#pods.delete(change.uid);
        break;
      case "assumption":
        this.#learn(change.key, change.outcome, nowMs);
        break;
      case "assumption-removed":
        // The server speaks for pods as it knows them; one that it does not name yet, or names as it was, may live on these.
        if (!neededBy(this.#pods.values()).has(change.key)) this.#assumptions.delete(change.key);
        break;
    }
    this.#tell(change);
  }

  /** Takes in what was answered of a pod that was asked for, unless the feed has brought it meanwhile. */
  adopt(pod: ViewedPod, assumption: { key: string; outcome: AssumptionOutcome } | undefined, nowMs: number): void {
    if (this.#pods.has(pod.uid) && !this.#adopted.has(pod.uid)) return;
    if (assumption) this.#learn(assumption.key, assumption.outcome, nowMs);
    this.#adopted.add(pod.uid);
    this.#pods.set(pod.uid, pod);
    this.#tell({ kind: "pod", pod });
  }

  /** Lets go of a pod that the feed does not name and that has left the node, or that no server knows any more. */
  release(podUid: string, nowMs: number): void {
    if (this.#adopted.delete(podUid)) this.apply({ kind: "pod-removed", uid: podUid }, nowMs);
  }

  /**
   * Takes in credentials that a server held which does not feed this node, unless some that live as long are here.
   *
   * @returns whether it took them
   */
  takeOver(key: string, credentials: Credentials, nowMs: number): boolean {
    if (credentials.expiresAtMs <= nowMs) return false;
    const outcome = { kind: "credentials", credentials } as const;
    if (!this.#learn(key, outcome, nowMs)) return false;
    this.#tell({ kind: "assumption", key, outcome });
    return true;
  }

  #tell(change: ViewChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  #replace(pods: readonly ViewedPod[], assumptions: ReadonlyMap<string, AssumptionOutcome>, nowMs: number): void {
    // A server whose watch lags, as all do while the API server is away, does not name a pod that another server fed.
    const named = pods.map((pod) => this.#laterOf(pod));
    for (const uid of this.#podsOnNode()) if (this.#pods.has(uid)) this.#adopted.add(uid);
    for (const uid of [...this.#pods.keys()]) if (!this.#adopted.has(uid)) this.#pods.delete(uid);
    for (const pod of named) {
      this.#adopted.delete(pod.uid);
      this.#pods.set(pod.uid, pod);
    }
    // A server that has just started has asked STS for nothing yet: what is held stays until it expires or a newer comes.
    const needed = neededBy(this.#pods.values());
    for (const key of [...this.#assumptions.keys()]) if (!needed.has(key)) this.#assumptions.delete(key);
    for (const [key, outcome] of assumptions) this.#learn(key, outcome, nowMs);
    this.#hasSnapshot = true;
  }

  /**
   * Such a server may also name a pod as it was before, with another role; when it catches up that comes as a change, which
   * always stands. That it denies one does so too: it may know more of the namespace.
   */
  #laterOf(pod: ViewedPod): ViewedPod {
    const held = this.#pods.get(pod.uid);
    const isOlder = held !== undefined && pod.version > 0 && pod.version < held.version;
    return isOlder && pod.grant.kind === "granted" ? { ...held, namespaceTokens: pod.namespaceTokens } : pod;
  }

  /**
   * Neither a failure nor older credentials take away those that live: servers refresh each in its own time.
   *
   * @returns whether it is news
   */
  #learn(key: string, outcome: AssumptionOutcome, nowMs: number): boolean {
    const held = this.#assumptions.get(key);
    if (held?.kind === "credentials" && held.credentials.expiresAtMs > nowMs) {
      const isNewer = outcome.kind === "credentials" && outcome.credentials.expiresAtMs > held.credentials.expiresAtMs;
      if (!isNewer) return false;
    }
    this.#assumptions.set(key, outcome);
    return true;
  }
}

/** The assumptions that these pods are granted. */
function neededBy(pods: Iterable<ViewedPod>): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { grant } of pods) if (grant.kind === "granted") needed.add(grant.assumptionKey);
  return needed;
}
