import type { Clock } from "@rolecall/common/time/clock";
import type { StandingGrant } from "../count-grants.ts";

/** What a feed knows of its node's pods. */
interface FeedContent {
  grants(): Iterable<StandingGrant>;
}

export interface OpenFeed {
  readonly node: string;
  readonly agentVersion: string;
  readonly sinceMs: number;
  readonly sentGeneration: number;
  readonly content: FeedContent;
}

/** The node feeds that are open on this server. */
export class OpenFeeds {
  readonly #open = new Set<OpenFeed>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(node: string, agentVersion: string, content: FeedContent): { sent(generation: number): void; closed(): void } {
    const feed = { node, agentVersion, content, sinceMs: this.#clock.nowMs(), sentGeneration: 0 };
    this.#open.add(feed);
    return {
      sent: (generation) => {
        feed.sentGeneration = generation;
      },
      closed: () => this.#open.delete(feed),
    };
  }

  /** In the order in which they were opened: an agent that reconnects may have its old one still open. */
  all(): Iterable<OpenFeed> {
    return this.#open;
  }
}
