import type { FailedReason } from "@rolecall/common/reasons/reasons";
import type { Credentials } from "./credentials.ts";
import { isRefusal, refreshAtMs, retryDelayMs } from "./refresh-schedule.ts";

/** Why STS gave no credentials, with what a person needs to know to change that. */
export interface StsFailure {
  readonly reason: FailedReason;
  readonly detail: string;
}

/** Where one assumption stands. */
export type AssumptionState =
  /** Nobody asked for it here yet; an agent still holds credentials that another server obtained. */
  | { readonly kind: "deferred"; readonly dueAtMs: number }
  /** STS is being asked, and nothing is held. */
  | ({ readonly kind: "fetching" } & Asked)
  | { readonly kind: "fresh"; readonly credentials: Credentials; readonly dueAtMs: number }
  /** STS is being asked again while what is held lives on. */
  | ({ readonly kind: "refreshing"; readonly credentials: Credentials } & Asked)
  /** The last refresh failed; what is held lives on. */
  | ({
      readonly kind: "stale";
      readonly credentials: Credentials;
    } & Failed)
  /** The last attempt failed, and nothing that lives is held. */
  | ({ readonly kind: "failed" } & Failed);

interface Asked {
  /** How many attempts have failed in a row before. */
  readonly failures: number;
  readonly askedAtMs: number;
  /** A person has changed something since: a refusal is an answer to what was before that. */
  readonly reconsidered?: true;
}

interface Failed {
  readonly failure: StsFailure;
  /** How many attempts have failed in a row. */
  readonly failures: number;
  readonly failedAtMs: number;
  readonly dueAtMs: number;
}

export type AssumptionEvent =
  | { readonly kind: "asked" }
  | { readonly kind: "answered"; readonly credentials: Credentials }
  | { readonly kind: "refused"; readonly failure: StsFailure }
  /** A person has changed something that may have to do with it: what STS refused is asked for again. */
  | { readonly kind: "reconsidered" };

/** Many pods that are changed together, or one that is changed without end, cost STS one call in this time. */
const RECONSIDER_AFTER_MS = 1_000;

/** @param random uniform in [0, 1) */
export function nextState(
  state: AssumptionState,
  event: AssumptionEvent,
  nowMs: number,
  random: () => number,
): AssumptionState {
  const live = liveCredentials(state, nowMs);
  const failures = "failures" in state ? state.failures : 0;
  switch (event.kind) {
    case "asked":
      return live
        ? { kind: "refreshing", credentials: live, failures, askedAtMs: nowMs }
        : { kind: "fetching", failures, askedAtMs: nowMs };
    case "answered": {
      const { credentials } = event;
      return {
        kind: "fresh",
        credentials,
        dueAtMs: refreshAtMs(credentials.receivedAtMs, credentials.expiresAtMs, random),
      };
    }
    case "refused": {
      const { failure } = event;
      const isOutdated = "reconsidered" in state && isRefusal(failure.reason);
      const failed = {
        failure,
        failures: isOutdated ? 0 : failures + 1,
        failedAtMs: nowMs,
        dueAtMs: nowMs + (isOutdated ? RECONSIDER_AFTER_MS : retryDelayMs(failure.reason, failures + 1, random)),
      };
      return live ? { kind: "stale", credentials: live, ...failed } : { kind: "failed", ...failed };
    }
    case "reconsidered": {
      // What is heard in the moment of the call was there before it: a namespace's policy is heard of for each of its pods.
      if ("askedAtMs" in state) return state.askedAtMs < nowMs ? { ...state, failures: 0, reconsidered: true } : state;
      if (!("failure" in state) || !isRefusal(state.failure.reason)) return state;
      const soonMs = Math.max(nowMs, state.failedAtMs + RECONSIDER_AFTER_MS);
      return { ...state, failures: 0, dueAtMs: Math.min(state.dueAtMs, soonMs) };
    }
  }
}

/** The credentials to hand out, if any that have not expired are held. */
export function liveCredentials(state: AssumptionState, nowMs: number): Credentials | undefined {
  const credentials = "credentials" in state ? state.credentials : undefined;
  return credentials && credentials.expiresAtMs > nowMs ? credentials : undefined;
}

/** When STS is to be asked next; undefined while it is being asked. */
export const dueAtMs = (state: AssumptionState): number | undefined => ("dueAtMs" in state ? state.dueAtMs : undefined);
