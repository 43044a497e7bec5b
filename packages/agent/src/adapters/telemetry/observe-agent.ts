import type { Readiness } from "@rolecall/common/health/readiness";
import { Gauge, type Registry } from "prom-client";
import type { StandingCount } from "../../application/count-standings.ts";

export interface AgentState {
  /** Whether pods with a role have run for long and none has asked. */
  readonly podsAreSilent: () => boolean;
  /** How far this node's clock is ahead of that of AWS. */
  readonly clockOffsetMs: () => number;
  readonly podsWithAddress: () => number;
  /** How many of the node's pods stand in each way. */
  readonly standings: () => readonly StandingCount[];
  /** For how long changes may have been missed; 0 while the feed is live. */
  readonly feedStaleSeconds: () => number;
  readonly readiness: Readiness;
}

/** Gauges that are read when Prometheus asks. */
export function observeAgent(registry: Registry, state: AgentState): void {
  const registers = [registry];
  new Gauge({
    name: "rolecall_agent_clock_offset_seconds",
    help: "How far the node's clock is ahead of that of AWS, as the servers know it; negative where it is behind",
    registers,
    collect() {
      this.set(state.clockOffsetMs() / 1_000);
    },
  });
  new Gauge({
    name: "rolecall_agent_pods_with_address",
    help: "Pods of this node that are known by an address",
    registers,
    collect() {
      this.set(state.podsWithAddress());
    },
  });
  new Gauge({
    name: "rolecall_agent_pods_silent",
    help: "1 while pods with a role have run for five minutes and not one request has come; the log says the likely cause",
    registers,
    collect() {
      this.set(state.podsAreSilent() ? 1 : 0);
    },
  });
  new Gauge({
    name: "rolecall_agent_pods",
    help: "Pods of this node by what they may have: ready, pending, failed, denied (with a reason) or no-role",
    labelNames: ["standing", "reason"],
    registers,
    collect() {
      this.reset();
      for (const { count, ...labels } of state.standings()) this.set(labels, count);
    },
  });
  new Gauge({
    name: "rolecall_agent_feed_stale_seconds",
    help: "For how long changes may have been missed; 0 while the node feed is live",
    registers,
    collect() {
      this.set(state.feedStaleSeconds());
    },
  });
  new Gauge({
    name: "rolecall_agent_check_passed",
    help: "1 for each check of readiness that passes, 0 for one that does not",
    labelNames: ["check"],
    registers,
    collect() {
      for (const [check, problem] of state.readiness.checks()) this.set({ check }, problem === undefined ? 1 : 0);
    },
  });
}
