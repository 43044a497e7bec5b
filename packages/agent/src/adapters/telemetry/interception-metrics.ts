import { Counter, Gauge, type Registry } from "prom-client";
import type { InterceptionRecorder } from "../../application/ports/interception-recorder.ts";
import type { InterceptionCounters } from "../../domain/interception/counters.ts";
import type { PassFailure } from "../../domain/interception/interception-report.ts";
import { DRIFTS } from "../../domain/interception/plan.ts";
import { FAMILIES } from "../../domain/interception/rules.ts";

/** The kernel's rules as Prometheus sees them. */
export class InterceptionMetrics implements InterceptionRecorder {
  readonly #drifts: Counter<"family" | "drift">;
  readonly #checks: Counter<"outcome">;
  readonly #inPlace: Gauge;
  readonly #intercepted: Gauge<"family">;
  readonly #refused: Gauge<"family" | "way">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#drifts = new Counter({
      name: "rolecall_agent_rules_drifted_total",
      help: "Times that kernel rules were found changed and put right, by what had changed",
      labelNames: ["family", "drift"],
      registers,
    });
    // A counter that first appears at 1 has not risen for whoever watches its rate.
    for (const family of FAMILIES) {
      for (const drift of [...DRIFTS, "alias-missing"]) this.#drifts.inc({ family, drift }, 0);
    }
    this.#checks = new Counter({
      name: "rolecall_agent_rules_checks_total",
      help: "Looks at the kernel rules, by outcome: ok or the reason of the failure",
      labelNames: ["outcome"],
      registers,
    });
    this.#inPlace = new Gauge({
      name: "rolecall_agent_rules_in_place",
      help: "1 when guard and interception stood at the last look",
      registers,
    });
    this.#intercepted = new Gauge({
      name: "rolecall_agent_intercepted_connections",
      help: "Connections the kernel brought to the agent since the rule was written",
      labelNames: ["family"],
      registers,
    });
    this.#refused = new Gauge({
      name: "rolecall_agent_refused_packets",
      help: "Packets the kernel refused since the rules were written: guard (not intercepted) or direct (dialled the alias itself)",
      labelNames: ["family", "way"],
      registers,
    });
  }

  rulesDrifted(family: string, drift: string): void {
    this.#drifts.inc({ family, drift });
  }

  rulesChecked(failure: PassFailure | undefined): void {
    this.#checks.inc({ outcome: failure?.reason ?? "ok" });
    this.#inPlace.set(failure === undefined ? 1 : 0);
  }

  packetsCounted(family: string, counters: InterceptionCounters): void {
    this.#intercepted.set({ family }, counters.interceptedConnections);
    this.#refused.set({ family, way: "guard" }, counters.refusedPackets);
    this.#refused.set({ family, way: "direct" }, counters.refusedDirectPackets);
  }
}
