import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";

/** Where the connection to the servers stands. */
export type FeedState =
  | { readonly kind: "connecting"; readonly failures: number }
  /** A snapshot has come and every update since. */
  | { readonly kind: "live"; readonly generation: number; readonly sinceMs: number }
  | { readonly kind: "waiting"; readonly failures: number; readonly retryAtMs: number; readonly reason: string };

export type FeedEvent =
  | { readonly kind: "retry" }
  | { readonly kind: "update"; readonly generation: number; readonly isSnapshot: boolean }
  | { readonly kind: "ended"; readonly reason: string };

/** A server that is replaced is found within five seconds, however long there was none. */
const RECONNECT: Backoff = { baseMs: 200, capMs: 5_000 };

/**
 * The first reconnection after a stream that worked comes within 200 ms: a server that ends a connection because of its
 * age, or that is replaced, has others beside it.
 *
 * @param random uniform in [0, 1)
 */
export function nextFeedState(state: FeedState, event: FeedEvent, nowMs: number, random: () => number): FeedState {
  const failures = "failures" in state ? state.failures : 0;
  switch (event.kind) {
    case "retry":
      return { kind: "connecting", failures };
    case "update":
      return event.isSnapshot || state.kind !== "live"
        ? { kind: "live", generation: event.generation, sinceMs: nowMs }
        : { ...state, generation: event.generation };
    case "ended":
      return {
        kind: "waiting",
        failures: failures + 1,
        retryAtMs: nowMs + backoffDelayMs(RECONNECT, failures + 1, random),
        reason: event.reason,
      };
  }
}

/** Whether an update was lost: the first of a stream is a snapshot numbered 1, and each other follows the one before. */
export const isGap = (state: FeedState, generation: number, isSnapshot: boolean): boolean =>
  state.kind === "live" ? generation !== state.generation + 1 : generation !== 1 || !isSnapshot;
