import type { FeedState } from "../../domain/credentials/feed-state.ts";
import type { ViewChange } from "../../domain/credentials/node-view.ts";

/** What following the servers counts. */
export interface FeedRecorder {
  feedMoved(state: FeedState["kind"]): void;
  updateApplied(kind: ViewChange["kind"] | "unknown"): void;
  /** A pod that the feed had not brought was asked for. */
  podAskedFor(outcome: "found" | "not-found" | "failed"): void;
  /** The other servers were asked for credentials that the one that feeds this node has not brought. */
  othersAsked(outcome: "found" | "not-found" | "failed"): void;
}
