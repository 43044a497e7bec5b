import type { InterceptionCounters } from "../domain/interception/counters.ts";
import type { Drift, PassFailure } from "../domain/interception/interception-report.ts";
import type { Family } from "../domain/interception/rules.ts";
import type { NodeReport } from "./ports/broker.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";

/** What was last seen of the kernel's rules, for the report to the servers. Passes all of it on to be counted. */
export class InterceptionState implements InterceptionRecorder {
  readonly #next: InterceptionRecorder;
  readonly #counters = new Map<Family, InterceptionCounters>();
  #state: NodeReport["interception"];

  /** @param isOn whether the rules are kept at all */
  constructor(isOn: boolean, next: InterceptionRecorder) {
    this.#state = isOn ? "unknown" : "off";
    this.#next = next;
  }

  get current(): Pick<NodeReport, "interception" | "interceptedConnections" | "refusedPackets"> {
    return {
      interception: this.#state,
      interceptedConnections: this.#total("interceptedConnections"),
      refusedPackets: this.#total("refusedPackets"),
    };
  }

  rulesDrifted(family: Family, drift: Drift): void {
    this.#next.rulesDrifted(family, drift);
  }

  rulesChecked(failure: PassFailure | undefined): void {
    this.#state = failure === undefined ? "in-place" : "broken";
    this.#next.rulesChecked(failure);
  }

  packetsCounted(family: Family, counters: InterceptionCounters): void {
    this.#counters.set(family, counters);
    this.#next.packetsCounted(family, counters);
  }

  #total(counter: keyof InterceptionCounters): number {
    return [...this.#counters.values()].reduce((sum, counters) => sum + counters[counter], 0);
  }
}
