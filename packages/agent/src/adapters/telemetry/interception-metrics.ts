import { Counter, Gauge, type Registry } from "prom-client";
import type { InterceptionRecorder } from "../../application/ports/interception-recorder.ts";
import type { InterceptionCounters } from "../../domain/interception/counters.ts";
import {
  FAILED_OPEN_SIGHTS,
  type FailedOpenSight,
  type PassFailure,
} from "../../domain/interception/interception-report.ts";
import { DRIFTS } from "../../domain/interception/plan.ts";
import { PROBE_OUTCOMES, type ProbeResult } from "../../domain/interception/probe-outcome.ts";
import { FAMILIES } from "../../domain/interception/rules.ts";

/** The kernel's rules as Prometheus sees them. */
export class InterceptionMetrics implements InterceptionRecorder {
  readonly #drifts: Counter<"family" | "drift">;
  readonly #checks: Counter<"outcome">;
  readonly #inPlace: Gauge;
  readonly #intercepted: Gauge<"family">;
  readonly #refused: Gauge<"family" | "way">;
  readonly #probes: Counter<"outcome">;
  readonly #failOpen: Gauge;
  readonly #failedOpen: Counter<"seen">;
  readonly #mismatched: Gauge;

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
    this.#probes = new Counter({
      name: "rolecall_agent_interception_probes_total",
      help: "Self-probes by outcome: arrives, refused, passed-by (something else answered), lost or unavailable",
      labelNames: ["outcome"],
      registers,
    });
    this.#failOpen = new Gauge({
      name: "rolecall_agent_fail_open",
      help: "1 while the last self-probe was answered by something that is not the agent",
      registers,
    });
    this.#failedOpen = new Counter({
      name: "rolecall_agent_fail_open_total",
      help: "Times that pods were found to have a way to the node's own metadata: rules (guard and interception both gone) or path (the self-probe)",
      labelNames: ["seen"],
      registers,
    });
    this.#mismatched = new Gauge({
      name: "rolecall_agent_host_interface_mismatched",
      help: "1 while --host-interface matches no interface of a pod of this node",
      registers,
    });
    // So that a first increase is seen as one.
    for (const outcome of PROBE_OUTCOMES) this.#probes.inc({ outcome }, 0);
    for (const seen of FAILED_OPEN_SIGHTS) this.#failedOpen.inc({ seen }, 0);
  }

  rulesDrifted(family: string, drift: string, _atMs: number, times = 1): void {
    this.#drifts.inc({ family, drift }, times);
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

  probed(result: ProbeResult | "off" | undefined, times = 1): void {
    const outcome = result === "off" ? undefined : result?.outcome;
    if (outcome) this.#probes.inc({ outcome }, times);
    this.#failOpen.set(outcome === "passed-by" ? 1 : 0);
  }

  failedOpen(seen: FailedOpenSight, times = 1): void {
    this.#failedOpen.inc({ seen }, times);
  }

  hostInterfaceChecked(problem: string | undefined): void {
    this.#mismatched.set(problem === undefined ? 0 : 1);
  }
}
