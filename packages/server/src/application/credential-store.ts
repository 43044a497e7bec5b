import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Clock } from "@rolecall/common/time/clock";
import { type Assumption, type AssumptionKey, assumptionKey } from "../domain/credentials/assumption.ts";
import {
  type AssumptionEvent,
  type AssumptionState,
  dueAtMs,
  liveCredentials,
  nextState,
} from "../domain/credentials/assumption-state.ts";
import { refreshAtMs } from "../domain/credentials/refresh-schedule.ts";
import type { StsQueue } from "./sts-queue.ts";

/** A share in an assumption. While anybody has one, its credentials are kept fresh. */
export interface Hold {
  readonly key: AssumptionKey;
  readonly assumption: Assumption;
  state(): AssumptionState;
  /** Something that a person changed may have cured what STS refused: it is asked again soon, and its backoff begins anew. */
  reconsider(): void;
  /** Ends the share; `onChange` is not called again. */
  release(): void;
}

export interface CredentialStoreOptions {
  readonly sts: StsQueue;
  /** The time that credentials are in. */
  readonly awsClock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How much somebody needs credentials. */
export interface Need {
  /** The expiration of credentials that the agent in question already has. */
  readonly agentHoldsUntilMs?: number | undefined;
  /** Whether a pod that may run already waits for them, and they are not only fetched ahead; true when absent. */
  readonly isAwaited?: () => boolean;
}

export interface KnownAssumption {
  readonly assumption: Assumption;
  readonly state: AssumptionState;
}

interface Entry extends KnownAssumption {
  /** What each holder wants to hear, and whether it waits. */
  readonly holders: Map<() => void, () => boolean>;
  /** Until when the agents that need them have credentials of another server. */
  readonly heldElsewhereUntilMs: number;
  /** Until when what is held need not be refreshed, as whoever needs it has newer ones of another server. */
  postponedToMs: number;
  state: AssumptionState;
  cancelTimer: () => void;
}

/** An agent that reconnects within this time finds its credentials still here, and STS is not asked again. */
const LINGER_MS = 120_000;

/**
 * So many that nobody needs are kept until their credentials expire, and no more, so that pods that come and go do not fill
 * the memory: their nodes are fed by another server, which may have to do without STS.
 */
const MAX_KEPT = 4_000;

/** After a restart, what agents hold that was due long ago is refreshed over this time and not at once. */
const OVERDUE_SPREAD_MS = 30_000;

/**
 * The credentials that this server's agents need: one STS call at a time for each assumption, however many pods and nodes
 * share it, and each refreshed while anybody holds it.
 */
export class CredentialStore {
  readonly #sts: StsQueue;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #entries = new Map<AssumptionKey, Entry>();
  /** What nobody needs, and is there until its credentials expire. */
  readonly #kept = new Set<AssumptionKey>();
  readonly #stopping = new AbortController();

  constructor({ sts, awsClock, random }: CredentialStoreOptions) {
    this.#sts = sts;
    this.#clock = awsClock;
    this.#random = random;
  }

  /**
   * Takes a share in an assumption and asks STS at once where nothing is known of it.
   *
   * @param onChange called after each change of state
   * @param need where an agent has credentials already, STS is asked when those are due, unless somebody else needs them
   * before
   */
  hold(assumption: Assumption, onChange: () => void, need: Need = {}): Hold {
    const { agentHoldsUntilMs, isAwaited = () => true } = need;
    const key = assumptionKey(assumption);
    const entry = this.#entries.get(key) ?? this.#add(key, assumption, agentHoldsUntilMs);
    this.#postpone(entry, agentHoldsUntilMs);
    entry.holders.set(onChange, isAwaited);
    if (entry.state.kind === "deferred" && agentHoldsUntilMs === undefined) this.#ask(key, entry);
    else this.#schedule(key, entry);
    return {
      key,
      assumption: entry.assumption,
      state: () => entry.state,
      reconsider: () => {
        entry.state = nextState(entry.state, { kind: "reconsidered" }, this.#clock.nowMs(), this.#random);
        this.#schedule(key, entry);
      },
      release: () => {
        if (entry.holders.delete(onChange) && entry.holders.size === 0) this.#schedule(key, entry);
      },
    };
  }

  /** Where an assumption stands, without a share in it; undefined where it is not known here. */
  stateOf(assumption: Assumption): AssumptionState | undefined {
    return this.#entries.get(assumptionKey(assumption))?.state;
  }

  /** What somebody needs, for metrics: what is only kept is let expire, which is no cause for alarm. */
  needed(): readonly KnownAssumption[] {
    return [...this.#entries.values()].filter(({ holders }) => holders.size > 0);
  }

  /** Where each assumption stands that somebody needs. */
  states(): readonly AssumptionState[] {
    return this.needed().map(({ state }) => state);
  }

  /** Every assumption known here with where it stands, what is only kept included. */
  all(): readonly KnownAssumption[] {
    return [...this.#entries.values()].map(({ assumption, state }) => ({ assumption, state }));
  }

  /** Ends the calls under way and all timers when the process stops. */
  readonly run: Task = async (signal) => {
    await aborted(signal);
    this.#stopping.abort();
    for (const entry of this.#entries.values()) entry.cancelTimer();
  };

  #add(key: AssumptionKey, assumption: Assumption, agentHoldsUntilMs: number | undefined): Entry {
    const nowMs = this.#clock.nowMs();
    const held = agentHoldsUntilMs !== undefined && agentHoldsUntilMs > nowMs;
    const entry: Entry = {
      assumption,
      holders: new Map(),
      heldElsewhereUntilMs: agentHoldsUntilMs ?? 0,
      postponedToMs: 0,
      state: { kind: "deferred", dueAtMs: held ? this.#dueElsewhereMs(assumption, agentHoldsUntilMs) : nowMs },
      cancelTimer: () => {},
    };
    this.#entries.set(key, entry);
    return entry;
  }

  /** When credentials that another server obtained would have been refreshed there. */
  #dueElsewhereMs({ durationSeconds }: Assumption, expiresAtMs: number): number {
    const dueMs = refreshAtMs(expiresAtMs - durationSeconds * 1_000, expiresAtMs, this.#random);
    return Math.max(dueMs, this.#clock.nowMs() + OVERDUE_SPREAD_MS * this.#random());
  }

  /** Sets the one timer of an entry: to ask STS again, or to forget what nobody holds any more. */
  #schedule(key: AssumptionKey, entry: Entry): void {
    // It may have been forgotten while its call waited for its turn, and another stand in its place.
    if (this.#entries.get(key) !== entry) return;
    entry.cancelTimer();
    entry.cancelTimer = () => {};
    this.#kept.delete(key);
    if (this.#stopping.signal.aborted) return;
    if (entry.holders.size === 0) {
      entry.cancelTimer = this.#clock.setTimer(Math.max(LINGER_MS, this.#useMs(key, entry)), () => {
        this.#entries.delete(key);
        this.#kept.delete(key);
      });
      return;
    }
    const dueMs = this.#dueMs(entry);
    if (dueMs === undefined) return;
    const delayMs = dueMs - this.#clock.nowMs();
    if (delayMs <= 0) this.#ask(key, entry);
    else entry.cancelTimer = this.#clock.setTimer(delayMs, () => this.#ask(key, entry));
  }

  /** What was kept here while another server fed the node may be older than what its agent has of that one. */
  #postpone(entry: Entry, agentHoldsUntilMs: number | undefined): void {
    const live = liveCredentials(entry.state, this.#clock.nowMs());
    const isNewer = live !== undefined && agentHoldsUntilMs !== undefined && agentHoldsUntilMs > live.expiresAtMs;
    if (!isNewer) entry.postponedToMs = 0;
    else if (entry.holders.size === 0) entry.postponedToMs = this.#dueElsewhereMs(entry.assumption, agentHoldsUntilMs);
  }

  #dueMs({ state, postponedToMs }: Entry): number | undefined {
    const dueMs = dueAtMs(state);
    const live = liveCredentials(state, this.#clock.nowMs());
    return dueMs === undefined || !live ? dueMs : Math.max(dueMs, Math.min(postponedToMs, live.expiresAtMs));
  }

  /** For how long an entry that nobody holds is still of use. */
  #useMs(key: AssumptionKey, { state }: Entry): number {
    const nowMs = this.#clock.nowMs();
    // What STS refused is not asked for sooner because the pods that want it come and go.
    if (state.kind === "failed") return state.dueAtMs - nowMs;
    const live = liveCredentials(state, nowMs);
    if (!live || this.#kept.size >= MAX_KEPT) return 0;
    this.#kept.add(key);
    return live.expiresAtMs - nowMs;
  }

  #ask(key: AssumptionKey, entry: Entry): void {
    entry.cancelTimer();
    entry.postponedToMs = 0;
    this.#change(entry, { kind: "asked" });
    // The answer belongs to the entry, not to whoever asked: a caller that gives up must not cost the others theirs (kiam#145).
    void this.#sts
      .ask(entry.assumption, () => this.#rank(entry), this.#stopping.signal)
      .then((answer) => {
        this.#change(
          entry,
          answer.kind === "credentials"
            ? { kind: "answered", credentials: answer.credentials }
            : { kind: "refused", failure: answer.failure },
        );
        this.#schedule(key, entry);
      });
  }

  /** Pods with nothing first, then what expires earliest, then what is fetched ahead, then what nobody holds any more. */
  #rank({ state, holders, heldElsewhereUntilMs }: Entry): number {
    if (holders.size === 0) return Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    const endsAtMs = liveCredentials(state, nowMs)?.expiresAtMs ?? heldElsewhereUntilMs;
    if (endsAtMs > nowMs) return endsAtMs;
    return [...holders.values()].some((isAwaited) => isAwaited()) ? 0 : Number.MAX_VALUE;
  }

  #change(entry: Entry, event: AssumptionEvent): void {
    entry.state = nextState(entry.state, event, this.#clock.nowMs(), this.#random);
    for (const onChange of [...entry.holders.keys()]) onChange();
  }
}
