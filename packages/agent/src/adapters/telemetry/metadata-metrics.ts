import { Counter, Histogram, type Registry } from "prom-client";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";

/** From a tenth of what an answer from memory takes to beyond the longest hold. */
const ANSWER_BUCKETS_SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.25, 0.45, 1];

export class MetadataMetrics implements MetadataRecorder {
  readonly #requests: Counter<"route" | "outcome" | "status">;
  readonly #seconds: Histogram<"route">;
  readonly #refusedConnections: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: "rolecall_agent_metadata_requests_total",
      help: "Metadata requests by route, outcome and HTTP status",
      labelNames: ["route", "outcome", "status"],
      registers,
    });
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
    this.#requests.inc({ route, outcome, status });
    this.#seconds.observe({ route }, seconds);
  }

  connectionRefused(): void {
    this.#refusedConnections.inc();
  }
}
