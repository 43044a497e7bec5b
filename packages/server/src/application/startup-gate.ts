import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { type GateFacts, mayTakePods, STARTUP_TAINT } from "../domain/node/startup-gate.ts";
import type { NodeTaints } from "./ports/node-taints.ts";

type GateOutcome = "lifted" | "absent" | "failed";

export interface StartupGateOptions {
  readonly taints: NodeTaints;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onOutcome: (outcome: GateOutcome) => void;
}

/**
 * How long an open gate is taken for open. A node that was made anew under its old name begins with reports that shut it;
 * this is for a server that another one spared those.
 */
const REMEMBER_MS = 300_000;
const ANSWER_MS = 5_000;

/** Lifts the startup taint of nodes whose agents can answer. The node is the attested one, never the agent's word. */
export class StartupGate {
  readonly #options: StartupGateOptions;
  /** Nodes whose gate is open or being opened, until when, milliseconds since 1970. */
  readonly #openUntilMs = new Map<string, number>();

  constructor(options: StartupGateOptions) {
    this.#options = options;
  }

  /** Takes an agent's report; what fails is tried again with its next one. */
  async heard(node: string, facts: GateFacts): Promise<void> {
    const { taints, clock, log, onOutcome } = this.#options;
    if (!mayTakePods(facts)) {
      this.#openUntilMs.delete(node);
      return;
    }
    const nowMs = clock.nowMs();
    for (const [known, untilMs] of this.#openUntilMs) if (untilMs <= nowMs) this.#openUntilMs.delete(known);
    if (this.#openUntilMs.has(node)) return;
    this.#openUntilMs.set(node, nowMs + REMEMBER_MS);
    try {
      const wasThere = await taints.remove(node, STARTUP_TAINT, AbortSignal.timeout(ANSWER_MS));
      if (wasThere) log.info({ node, taint: STARTUP_TAINT }, "lifted a node's startup taint");
      onOutcome(wasThere ? "lifted" : "absent");
    } catch (error) {
      this.#openUntilMs.delete(node);
      log.warn({ node, taint: STARTUP_TAINT, err: error }, "could not lift a node's startup taint");
      onOutcome("failed");
    }
  }
}
