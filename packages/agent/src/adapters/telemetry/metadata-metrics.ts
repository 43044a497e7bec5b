import { Counter, Histogram, type Registry } from "prom-client";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";

/** From a tenth of what an answer from memory takes to beyond the longest hold. */
const ANSWER_BUCKETS_SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.25, 0.45, 1];

interface Children {
  readonly count: Counter.Internal;
  readonly seconds: Histogram.Internal<"route">;
}

export class MetadataMetrics implements MetadataRecorder {
  readonly #requests: Counter<"route" | "outcome" | "status">;
  readonly #seconds: Histogram<"route">;
  readonly #refusedConnections: Counter;
  readonly #children = new Map<string, Map<string, Children>>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: "rolecall_agent_metadata_requests_total",
      help: "Metadata requests by route, outcome and HTTP status",
      labelNames: ["route", "outcome", "status"],
      registers,
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
    const { count, seconds: histogram } = this.#childrenOf(route, outcome, status);
    count.inc();
    histogram.observe(seconds);
  }

  /** prom-client sorts and joins labels for each sample; a child has done so once, and there are few. */
  #childrenOf(route: string, outcome: string, status: number): Children {
    const byOutcome = this.#children.get(route) ?? new Map<string, Children>();
    const known = byOutcome.get(outcome);
    if (known) return known;
    const children = {
      count: this.#requests.labels(route, outcome, String(status)),
      seconds: this.#seconds.labels(route),
    };
    this.#children.set(route, byOutcome.set(outcome, children));
    return children;
  }

  connectionRefused(): void {
    this.#refusedConnections.inc();
  }
}
