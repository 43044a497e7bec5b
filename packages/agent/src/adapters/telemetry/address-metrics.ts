import { Counter, Gauge, type Registry } from "prom-client";
import type { AddressRecorder } from "../../application/ports/address-recorder.ts";

const SOURCES = ["followed", "unwatched", "unavailable"] as const;

export class AddressMetrics implements AddressRecorder {
  readonly #skipped: Counter<"problem">;
  readonly #conflicts: Counter<"kind">;
  readonly #source: Gauge<"state">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#skipped = new Counter({
      name: "rolecall_agent_cni_results_skipped_total",
      help: "CNI result files that could not be used, once for each file and problem",
      labelNames: ["problem"],
      registers,
    });
    this.#conflicts = new Counter({
      name: "rolecall_agent_address_conflicts_total",
      help: "Addresses that more than one pod was said to own, by who said so",
      labelNames: ["kind"],
      registers,
    });
    this.#source = new Gauge({
      name: "rolecall_agent_cni_results_state",
      help: "1 for how the node's CNI results are read: followed, unwatched (looked through every second) or unavailable",
      labelNames: ["state"],
      registers,
    });
  }

  cniResultSkipped(problem: string, times = 1): void {
    this.#skipped.inc({ problem }, times);
  }

  addressConflict(kind: string): void {
    this.#conflicts.inc({ kind });
  }

  cniResultSource(current: string): void {
    for (const state of SOURCES) this.#source.set({ state }, state === current ? 1 : 0);
  }
}
