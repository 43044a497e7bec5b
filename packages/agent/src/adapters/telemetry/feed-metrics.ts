import { Counter, Gauge, type Registry } from "prom-client";
import type { FeedRecorder } from "../../application/ports/feed-recorder.ts";

const STATES = ["connecting", "live", "waiting"] as const;

export class FeedMetrics implements FeedRecorder {
  readonly #state: Gauge<"state">;
  readonly #updates: Counter<"kind">;
  readonly #questions: Counter<"outcome">;
  readonly #questionsToOthers: Counter<"outcome">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#state = new Gauge({
      name: "rolecall_agent_feed_state",
      help: "1 for the state the node feed is in: connecting, live or waiting to connect again",
      labelNames: ["state"],
      registers,
    });
    this.#updates = new Counter({
      name: "rolecall_agent_feed_updates_total",
      help: "Updates of the node feed by kind; unknown is one that only a newer agent understands",
      labelNames: ["kind"],
      registers,
    });
    this.#questions = new Counter({
      name: "rolecall_agent_pod_questions_total",
      help: "Questions to the server for pods that the feed had not brought, by outcome",
      labelNames: ["outcome"],
      registers,
    });
    this.#questionsToOthers = new Counter({
      name: "rolecall_agent_other_server_questions_total",
      help: "Questions to the servers that do not feed this node for credentials that its own has not brought, by outcome",
      labelNames: ["outcome"],
      registers,
    });
    this.feedMoved("connecting");
  }

  feedMoved(current: string): void {
    for (const state of STATES) this.#state.set({ state }, state === current ? 1 : 0);
  }

  updateApplied(kind: string): void {
    this.#updates.inc({ kind });
  }

  podAskedFor(outcome: string): void {
    this.#questions.inc({ outcome });
  }

  othersAsked(outcome: string): void {
    this.#questionsToOthers.inc({ outcome });
  }
}
