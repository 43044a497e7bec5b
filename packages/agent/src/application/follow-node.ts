import type { Task } from "@rolecall/common/lifecycle/run-together";
import { failureLevel } from "@rolecall/common/telemetry/failure-level";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { type FeedEvent, type FeedState, isGap, nextFeedState } from "../domain/credentials/feed-state.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";
import { type Broker, BrokerError, type NumberedChange } from "./ports/broker.ts";
import type { FeedRecorder } from "./ports/feed-recorder.ts";

export interface FollowNodeOptions {
  readonly broker: Broker;
  readonly view: NodeView;
  readonly clock: Clock;
  readonly random: () => number;
  readonly recorder: FeedRecorder;
  /** Hears how each attempt ended that brought nothing. */
  readonly onFailure?: (ending: string) => void;
  readonly log: Logger;
}

/** Keeps the node view in step with whichever server feeds it, for ever. */
export class FollowNode {
  readonly #options: FollowNodeOptions;
  #state: FeedState = { kind: "connecting", failures: 0 };
  #staleSinceMs: number | undefined;

  constructor(options: FollowNodeOptions) {
    this.#options = options;
    this.#staleSinceMs = options.clock.nowMs();
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Since when changes may have been missed, milliseconds since 1970; undefined while the feed is live. */
  get staleSinceMs(): number | undefined {
    return this.#staleSinceMs;
  }

  readonly run: Task = async (signal) => {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const reason = await this.#followOnce(signal);
      if (signal.aborted) return;
      const wasLive = this.#state.kind === "live";
      this.#move({ kind: "ended", reason });
      if (this.#state.kind !== "waiting") continue;
      const { failures, retryAtMs } = this.#state;
      const inMs = Math.round(retryAtMs - clock.nowMs());
      // A stream that worked ends in the ordinary course; one that never came up is for a person to see.
      if (wasLive) log.info({ reason, inMs }, "the node feed ended; connecting again");
      else {
        this.#options.onFailure?.(reason);
        log[failureLevel(failures)]({ reason, failures, inMs }, "could not open the node feed");
      }
      await sleep(clock, retryAtMs - clock.nowMs(), signal);
      this.#move({ kind: "retry" });
    }
  };

  /** @returns why the stream ended */
  async #followOnce(signal: AbortSignal): Promise<string> {
    const { broker, view, clock } = this.#options;
    const lost = new AbortController();
    const onUpdate = (update: NumberedChange) => {
      if (lost.signal.aborted) return;
      if (!this.#take(update)) lost.abort();
    };
    try {
      await broker.watchNode(view.liveCredentials(clock.nowMs()), onUpdate, AbortSignal.any([signal, lost.signal]));
      return lost.signal.aborted ? "update-lost" : "ended-by-server";
    } catch (error) {
      return error instanceof BrokerError ? `${error.reason}: ${error.message}` : String(error);
    }
  }

  /** @returns whether no update was lost before this one */
  #take({ generation, change, serverVersion }: NumberedChange): boolean {
    const { view, clock, recorder, log } = this.#options;
    const isSnapshot = change?.kind === "snapshot";
    if (isGap(this.#state, generation, isSnapshot)) {
      log.warn({ generation, state: this.#state.kind }, "an update of the node feed was lost; starting it anew");
      return false;
    }
    if (change) {
      view.apply(change, clock.nowMs());
      recorder.updateApplied(change.kind);
    } else {
      recorder.updateApplied("unknown");
      log.warn({ generation }, "skipped an update that only a newer agent understands; upgrade the agents");
    }
    if (isSnapshot) log.info({ serverVersion, pods: change.pods.length }, "the node feed is live");
    this.#move({ kind: "update", generation, isSnapshot });
    return true;
  }

  #move(event: FeedEvent): void {
    const { clock, random, recorder } = this.#options;
    this.#state = nextFeedState(this.#state, event, clock.nowMs(), random);
    if (this.#state.kind === "live") this.#staleSinceMs = undefined;
    else this.#staleSinceMs ??= clock.nowMs();
    recorder.feedMoved(this.#state.kind);
  }
}
