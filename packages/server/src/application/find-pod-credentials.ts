import type { Clock } from "@rolecall/common/time/clock";
import { TokenBuckets } from "@rolecall/common/time/token-buckets";
import type { Assumption } from "../domain/credentials/assumption.ts";
import { type AssumptionState, liveCredentials } from "../domain/credentials/assumption-state.ts";
import type { FedPod } from "../domain/feed/node-change.ts";
import type { NamespaceInventory } from "../domain/namespace/namespace-inventory.ts";
import type { Pod } from "../domain/pod/pod.ts";
import type { PodInventory } from "../domain/pod/pod-inventory.ts";
import type { Grant } from "../domain/policy/grant.ts";
import type { HandOuts } from "./audit-hand-outs.ts";
import type { CredentialStore } from "./credential-store.ts";
import type { PodReader } from "./ports/pod-reader.ts";

export interface PodQuery {
  readonly node: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
  /** Answered from what is held alone: nothing is read or asked of STS for it. */
  readonly heldOnly?: boolean;
}

export type PodAnswer =
  | { readonly kind: "found"; readonly fed: FedPod; readonly assumption: AssumptionOf | undefined }
  /** No such pod on the asking node; a pod of another node is answered the same. */
  | { readonly kind: "not-found" }
  | { readonly kind: "too-many-live-reads" }
  | { readonly kind: "unavailable"; readonly cause: unknown };

export interface AssumptionOf {
  readonly assumption: Assumption;
  readonly state: AssumptionState;
}

type Granted = Grant & { readonly kind: "granted" };

export interface FindPodCredentialsDependencies {
  readonly pods: PodInventory;
  readonly namespaces: NamespaceInventory;
  readonly reader: PodReader;
  readonly credentials: CredentialStore;
  readonly decide: (pod: Pod) => Grant;
  readonly handOuts: HandOuts;
  /** The time that credentials are in. */
  readonly awsClock: Clock;
  readonly clock: Clock;
}

/**
 * How many live reads of pods each node may cause, so that none can make the server storm the API: at once as many as a
 * large node starts pods (EKS allows a node up to 250).
 */
const LIVE_READS_OF_NODE = { burst: 250, perSecond: 20 };

/**
 * Answers for one pod that an agent knows and its feed has not brought: from the inventory, else by one live read, so that
 * a watch that lags is not a failed start of a pod (kiam#46, kiam#47).
 */
export class FindPodCredentials {
  readonly #deps: FindPodCredentialsDependencies;
  readonly #liveReads = new TokenBuckets(LIVE_READS_OF_NODE);

  constructor(deps: FindPodCredentialsDependencies) {
    this.#deps = deps;
  }

  /** @param signal ends the search; what is known by then is answered */
  async find(query: PodQuery, signal: AbortSignal): Promise<PodAnswer> {
    const { pods, reader, awsClock, clock, decide, handOuts } = this.#deps;
    let pod = pods.get(query.podUid);
    if (!pod && !query.heldOnly) {
      if (!this.#liveReads.take(query.node, clock.nowMs())) return { kind: "too-many-live-reads" };
      try {
        pod = await reader.read(query.namespace, query.name, signal);
      } catch (cause) {
        return { kind: "unavailable", cause };
      }
    }
    if (!pod || pod.uid !== query.podUid || pod.node !== query.node || pod.finished) return { kind: "not-found" };
    const grant = decide(pod);
    const assumption = grant.kind === "granted" ? await this.#stateOf(grant, query, signal) : undefined;
    const given = assumption && liveCredentials(assumption.state, awsClock.nowMs());
    if (given) handOuts.handedOut(query.node, [pod], assumption.assumption, given);
    const namespaceTokens = this.#deps.namespaces.get(pod.namespace)?.imdsTokens;
    return { kind: "found", fed: { pod, grant, namespaceTokens }, assumption };
  }

  #stateOf(grant: Granted, { heldOnly }: PodQuery, signal: AbortSignal) {
    return heldOnly ? this.#held(grant) : this.#settle(grant, signal);
  }

  /** The agent has a server that asks STS for it: what it wants of this one is credentials, and no word of a failure. */
  #held({ assumption }: Granted): AssumptionOf | undefined {
    const { credentials, awsClock } = this.#deps;
    const state = credentials.stateOf(assumption);
    return state && liveCredentials(state, awsClock.nowMs()) ? { assumption, state } : undefined;
  }

  /** Waits until STS has answered one way or the other, or the signal aborts. */
  async #settle({ assumption }: Granted, signal: AbortSignal): Promise<AssumptionOf> {
    const { credentials, awsClock } = this.#deps;
    let settled: () => void = () => {};
    const hold = credentials.hold(assumption, () => settled());
    const isSettled = () =>
      hold.state().kind === "failed" || liveCredentials(hold.state(), awsClock.nowMs()) !== undefined;
    await new Promise<void>((resolve) => {
      settled = () => {
        if (isSettled() || signal.aborted) resolve();
      };
      signal.addEventListener("abort", settled, { once: true });
      settled();
    });
    signal.removeEventListener("abort", settled);
    hold.release();
    return { assumption, state: hold.state() };
  }
}
