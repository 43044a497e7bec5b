import type { Readiness } from "@rolecall/common/health/readiness";
import { DENIED_REASONS, FAILED_REASONS } from "@rolecall/common/reasons/reasons";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { GrantCount } from "../../application/count-grants.ts";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";

/** What the server counts, as Prometheus sees it. Each metric has a row in docs/metrics.md. */
export class ServerMetrics implements ServerRecorder {
  readonly #grants: Counter<"outcome">;
  readonly #sts: Histogram<"outcome">;
  readonly #streams: Gauge;
  readonly #updates: Counter<"kind">;
  readonly #lag: Histogram;
  readonly #bytes: Counter;
  readonly #startupTaints: Counter<"outcome">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#grants = new Counter({
      name: "rolecall_server_grants_total",
      help: "Verdicts on pods: granted, none (no annotation) or the reason of the denial",
      labelNames: ["outcome"],
      registers,
    });
    // A counter that first appears at 1 has not risen for whoever watches its rate.
    for (const outcome of ["granted", "none", ...DENIED_REASONS]) this.#grants.inc({ outcome }, 0);
    this.#sts = new Histogram({
      name: "rolecall_server_sts_seconds",
      help: "AssumeRole calls by what came of them: credentials or the reason of the failure",
      labelNames: ["outcome"],
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
      registers,
    });
    for (const outcome of ["credentials", ...FAILED_REASONS]) this.#sts.zero({ outcome });
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
    this.#lag = new Histogram({
      name: "rolecall_server_feed_lag_seconds",
      help: "From a change to when it was handed to an agent's stream; long where the agent or its network is slow to read",
      buckets: [0.001, 0.01, 0.1, 1, 5, 15, 60],
      registers,
    });
    this.#bytes = new Counter({
      name: "rolecall_server_feed_bytes_total",
      help: "Bytes of messages sent on node feeds, before encryption",
      registers,
    });
    this.#startupTaints = new Counter({
      name: "rolecall_server_startup_taints_total",
      help: "Nodes whose agent can answer, by what became of their startup taint: lifted, absent or failed",
      labelNames: ["outcome"],
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

  feedLagged(seconds: number): void {
    this.#lag.observe(seconds);
  }

  feedBytesSent(bytes: number): void {
    this.#bytes.inc(bytes);
  }

  startupTaint(outcome: string): void {
    this.#startupTaints.inc({ outcome });
  }
}

export interface ServerState {
  readonly pods: () => number;
  /** How the pods stand whose agents are connected here. */
  readonly grants: () => readonly GrantCount[];
  readonly nodesWithoutAgent: () => number;
  /** Those on the host network with the role annotation. */
  readonly hostNetworkPods: () => number;
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
  new Gauge({
    name: "rolecall_server_grants",
    help: "Pods of the nodes that are fed here by what they may have: ready, pending, failed, denied (with a reason) or none",
    labelNames: ["state", "reason"],
    registers,
    collect() {
      this.reset();
      for (const { count, ...labels } of state.grants()) this.set(labels, count);
    },
  });
  gauge(
    "rolecall_server_nodes_without_agent",
    "Nodes with pods that ask for roles, of whose agent this server has not heard lately",
    state.nodesWithoutAgent,
  );
  gauge(
    "rolecall_hostnetwork_annotated_pods",
    "Pods on the host network that ask for a role: they get none of theirs, and reach the role of their node",
    state.hostNetworkPods,
  );
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
