import type { Readiness } from "@rolecall/common/health/readiness";
import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { Registry } from "prom-client";
import { InterceptionMetrics } from "./adapters/telemetry/interception-metrics.ts";
import { followInterception } from "./application/follow-interception.ts";
import { InterceptionState } from "./application/interception-state.ts";
import { noticeSilence } from "./application/notice-silence.ts";
import type { Published } from "./application/ports/exchange.ts";
import type { InterceptionReport } from "./domain/interception/interception-report.ts";

export interface SeenInterceptionOptions {
  readonly isOn: boolean;
  /** Names this run of the agent. */
  readonly instance: string;
  readonly reports: Published<InterceptionReport>;
  /** How many pods would ask if they could. */
  readonly podsWithRole: () => number;
  readonly readiness: Readiness;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SeenInterception {
  readonly state: Pick<InterceptionState, "current" | "drift">;
  /** Whether pods have a role here, and none has asked for long. */
  readonly podsAreSilent: () => boolean;
  /** Resolves when the address to listen on is there, which the keeper's first pass over the rules makes. */
  readonly whenStanding: Promise<void>;
  readonly run: Task;
}

/** The kernel's rules as the keeper reports them. */
export function seenInterception(options: SeenInterceptionOptions): SeenInterception {
  const { isOn, instance, reports, readiness, clock, log } = options;
  const state = new InterceptionState(isOn, new InterceptionMetrics(options.registry));
  const standing = Promise.withResolvers<void>();
  let silent = false;
  if (!isOn) standing.resolve();
  const tasks = isOn
    ? [
        followInterception({ instance, reports, recorder: state, readiness, clock, onStanding: standing.resolve }),
        noticeSilence({
          podsWithRole: options.podsWithRole,
          interceptedConnections: () => state.current.interceptedConnections,
          facts: () => state.silenceFacts,
          report: (isSilent) => {
            silent = isSilent;
          },
          logger: log,
          clock,
        }),
      ]
    : [];
  return {
    state,
    podsAreSilent: () => silent,
    whenStanding: standing.promise,
    run: (signal) => runTogether(signal, tasks),
  };
}
