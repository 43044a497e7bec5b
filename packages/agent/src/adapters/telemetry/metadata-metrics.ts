import { Counter, Histogram, type Registry } from "prom-client";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";

/** From a tenth of what an answer from memory takes to beyond the longest hold. */
const ANSWER_BUCKETS_SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.25, 0.45, 1];

interface Tally {
  readonly labels: { readonly route: string; readonly outcome: string; readonly status: string };
  /** Requests since the counter was last read. */
  requests: number;
  readonly seconds: Histogram.Internal<"route">;
}

export class MetadataMetrics implements MetadataRecorder {
  readonly #requests: Counter<"route" | "outcome" | "status">;
  readonly #seconds: Histogram<"route">;
  readonly #refusedConnections: Counter;
  /** By route and outcome: prom-client sorts, joins and looks up labels for each sample, and every request has two. */
  readonly #tallies = new Map<string, Map<string, Tally>>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: "rolecall_agent_metadata_requests_total",
      help: "Metadata requests by route, outcome and HTTP status",
      labelNames: ["route", "outcome", "status"],
      registers,
      collect: () => this.#count(),
    });
    // A counter that first appears at 1 has not risen for whoever watches its rate.
    for (const route of ["role-credentials", "container-credentials"]) {
      this.#requests.inc({ route, outcome: "answered", status: "200" }, 0);
    }
    this.#seconds = new Histogram({
      name: "rolecall_agent_metadata_seconds",
      help: "From a metadata request's arrival to its answer, holds included",
      labelNames: ["route"],
      buckets: ANSWER_BUCKETS_SECONDS,
      registers,
    });
    this.#refusedConnections = new Counter({
      name: "rolecall_agent_metadata_connections_refused_total",
      help: "Connections closed unheard because their source held too many",
      registers,
    });
  }

  answered(route: string, outcome: string, status: number, seconds: number): void {
    const tally = this.#tallies.get(route)?.get(outcome) ?? this.#newTally(route, outcome, status);
    tally.requests += 1;
    tally.seconds.observe(seconds);
  }

  #newTally(route: string, outcome: string, status: number): Tally {
    const labels = { route, outcome, status: String(status) };
    const tally = { labels, requests: 0, seconds: this.#seconds.labels(route) };
    const byOutcome = this.#tallies.get(route) ?? new Map<string, Tally>();
    this.#tallies.set(route, byOutcome.set(outcome, tally));
    return tally;
  }

  #count(): void {
    for (const byOutcome of this.#tallies.values()) {
      for (const tally of byOutcome.values()) {
        this.#requests.inc(tally.labels, tally.requests);
        tally.requests = 0;
      }
    }
  }

  connectionRefused(): void {
    this.#refusedConnections.inc();
  }
}
