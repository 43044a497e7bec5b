import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { AgentTarget } from "../domain/interception/agent-target.ts";
import type { AgentProbe } from "./ports/agent-probe.ts";
import type { Marker, Published } from "./ports/exchange.ts";

export interface WatchAgentOptions {
  readonly targets: Published<AgentTarget>;
  readonly probe: AgentProbe;
  /** There while the agent is to be replaced. */
  readonly stuck: Marker;
  readonly logger: Logger;
  readonly clock: Clock;
}

const LOOK_MS = 10_000;
const STUCK_AFTER_MS = 60_000;

/**
 * Asks this keeper's agent every 10 s whether it answers, since the kubelet cannot: it has no address of an agent that is
 * not the only one of its node. After a minute without an answer the kubelet is to start its container anew.
 */
export function watchAgent({ targets, probe, stuck, logger, clock }: WatchAgentOptions): Task {
  let target: AgentTarget | undefined;
  let answeredAtMs = 0;
  return (signal) =>
    runTogether(signal, [
      (stopping) =>
        targets.follow((next) => {
          if (next.instance !== target?.instance) {
            answeredAtMs = clock.nowMs();
            stuck.set(false);
          }
          target = next;
        }, stopping),
      async (stopping) => {
        while (!stopping.aborted) {
          await sleep(clock, LOOK_MS, stopping);
          if (stopping.aborted || !target) continue;
          const { instance, port } = target;
          const answers = await probe.answers(port);
          if (instance !== target.instance) continue;
          if (answers) answeredAtMs = clock.nowMs();
          const isStuck = clock.nowMs() - answeredAtMs >= STUCK_AFTER_MS;
          if (isStuck) logger.error({ instance, port }, "the agent does not answer; its container is to start anew");
          stuck.set(isStuck);
        }
      },
    ]);
}
