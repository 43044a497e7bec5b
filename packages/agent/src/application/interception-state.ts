import type { InterceptionCounters } from "../domain/interception/counters.ts";
import type { Drift, FailedOpenSight, PassFailure } from "../domain/interception/interception-report.ts";
import type { ProbeResult } from "../domain/interception/probe-outcome.ts";
import type { Family } from "../domain/interception/rules.ts";
import type { SilenceFacts } from "../domain/interception/silence.ts";
import type { NodeReport } from "./ports/broker.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";

export interface DriftSeen {
  readonly times: number;
  /** Milliseconds since 1970. */
  readonly lastAtMs: number;
}

/** What was last seen of the kernel's rules, for the report to the servers. Passes all of it on to be counted. */
export class InterceptionState implements InterceptionRecorder {
  readonly #next: InterceptionRecorder;
  readonly #counters = new Map<Family, InterceptionCounters>();
  #state: NodeReport["interception"];
  #probe: ProbeResult | "off" | undefined;
  #drift: DriftSeen | undefined;
  #hostInterfaceProblem: string | undefined;

  /** @param isOn whether the rules are kept at all */
  constructor(isOn: boolean, next: InterceptionRecorder) {
    this.#state = isOn ? "unknown" : "off";
    this.#probe = isOn ? undefined : "off";
    this.#next = next;
  }

  get current(): Pick<NodeReport, "interception" | "probe" | "interceptedConnections" | "refusedPackets"> {
    return {
      interception: this.#state,
      probe: this.#probe === "off" ? "off" : (this.#probe?.outcome ?? "unknown"),
      interceptedConnections: this.#total("interceptedConnections"),
      refusedPackets: this.#total("refusedPackets"),
    };
  }

  rulesDrifted(family: Family, drift: Drift, atMs: number, times = 1): void {
    this.#drift = { times: (this.#drift?.times ?? 0) + times, lastAtMs: atMs };
    this.#next.rulesDrifted(family, drift, atMs, times);
  }

  /** That the rules were found changed; undefined where they never were. */
  get drift(): DriftSeen | undefined {
    return this.#drift;
  }

  rulesChecked(failure: PassFailure | undefined): void {
    this.#state = failure === undefined ? "in-place" : "broken";
    this.#next.rulesChecked(failure);
  }

  packetsCounted(family: Family, counters: InterceptionCounters): void {
    this.#counters.set(family, counters);
    this.#next.packetsCounted(family, counters);
  }

  probed(result: ProbeResult | "off" | undefined, times = 1): void {
    this.#probe = result;
    this.#next.probed(result, times);
  }

  failedOpen(sight: FailedOpenSight, times = 1): void {
    this.#next.failedOpen(sight, times);
  }

  hostInterfaceChecked(problem: string | undefined): void {
    this.#hostInterfaceProblem = problem;
    this.#next.hostInterfaceChecked(problem);
  }

  /** What tells why pods do not ask. */
  get silenceFacts(): SilenceFacts {
    return {
      hostInterfaceProblem: this.#hostInterfaceProblem,
      probe: this.#probe === "off" ? undefined : this.#probe,
    };
  }

  #total(counter: keyof InterceptionCounters): number {
    return [...this.#counters.values()].reduce((sum, counters) => sum + counters[counter], 0);
  }
}
