import type { Readiness } from "@rolecall/common/health/readiness";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";

/** What the server counts, as Prometheus sees it. Each metric has a row in docs/metrics.md. */
export class ServerMetrics implements ServerRecorder {
  readonly #grants: Counter<"outcome">;
  readonly #sts: Histogram<"outcome">;
  readonly #streams: Gauge;
  readonly #updates: Counter<"kind">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#grants = new Counter({
      name: "rolecall_server_grants_total",
      help: "Verdicts on pods: granted, none (no annotation) or the reason of the denial",
      labelNames: ["outcome"],
      registers,
    });
    this.#sts = new Histogram({
      name: "rolecall_server_sts_seconds",
      help: "AssumeRole calls by what came of them: credentials or the reason of the failure",
      labelNames: ["outcome"],
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
      registers,
    });
    this.#streams = new Gauge({
      name: "rolecall_server_node_feeds",
      help: "Agents that follow their node feed here",
      registers,
    });
    this.#updates = new Counter({
      name: "rolecall_server_feed_updates_total",
      help: "Messages sent on node feeds by the kind of change",
      labelNames: ["kind"],
      registers,
    });
  }

  grantDecided(outcome: string): void {
    this.#grants.inc({ outcome });
  }

  stsAnswered(outcome: string, seconds: number): void {
    this.#sts.observe({ outcome }, seconds);
  }

  streamOpened(): void {
    this.#streams.inc();
  }

  streamClosed(): void {
    this.#streams.dec();
  }

  updateSent(kind: string): void {
    this.#updates.inc({ kind });
  }
}

export interface ServerState {
  readonly pods: () => number;
  /** How many assumptions stand in each state. */
  readonly assumptions: () => ReadonlyMap<string, number>;
  /** How many nodes report each state of interception. */
  readonly interception: () => ReadonlyMap<string, number>;
  /** AssumeRole calls that wait for their turn. */
  readonly stsQueueLength: () => number;
  /** AssumeRole calls a second that the budget allows now. */
  readonly stsPerSecond: () => number;
  /** How far this machine's clock is ahead of that of AWS. */
  readonly clockOffsetMs: () => number;
  /** For how long changes may have been missed, by resource; 0 while its watch is open. */
  readonly watchStaleSeconds: () => ReadonlyMap<string, number>;
  readonly readiness: Readiness;
}

/** Gauges that are read when Prometheus asks. */
export function observeServer(registry: Registry, state: ServerState): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const gaugeBy = (name: string, help: string, label: string, read: () => ReadonlyMap<string, number>) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of read()) this.set({ [label]: value }, count);
      },
    });
  gauge("rolecall_server_pods", "Pods in the inventory", state.pods);
  gaugeBy("rolecall_server_assumptions", "Assumptions by state", "state", state.assumptions);
  gauge("rolecall_server_sts_queue_length", "AssumeRole calls that wait for their turn", state.stsQueueLength);
  gauge("rolecall_server_sts_budget", "AssumeRole calls a second that are allowed now", state.stsPerSecond);
  gauge(
    "rolecall_server_clock_offset_seconds",
    "How far the server's clock is ahead of that of AWS, by the Date of STS's answers; negative where it is behind",
    () => state.clockOffsetMs() / 1_000,
  );
  gaugeBy("rolecall_server_nodes", "Nodes by the interception they report", "interception", state.interception);
  gaugeBy(
    "rolecall_server_watch_stale_seconds",
    "For how long changes of a resource may have been missed; 0 while its watch is open",
    "resource",
    state.watchStaleSeconds,
  );
  gaugeBy(
    "rolecall_server_check_passed",
    "1 for each check of readiness that passes, 0 for one that does not",
    "check",
    () => new Map([...state.readiness.checks()].map(([check, problem]) => [check, problem === undefined ? 1 : 0])),
  );
}
