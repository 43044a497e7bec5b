import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { likelyCause, type SilenceFacts } from "../domain/interception/silence.ts";

export interface NoticeSilenceOptions {
  /** Pods of this node that have credentials ready for them. */
  readonly podsWithRole: () => number;
  /** Connections that the kernel brought here, the self-probe's left out. */
  readonly interceptedConnections: () => number;
  readonly facts: () => SilenceFacts;
  /** Hears whether the node is silent, and should not be. */
  readonly report: (isSilent: boolean) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

const LOOK_MS = 10_000;
/** Most programs ask at their start. */
const SUSPICIOUS_AFTER_MS = 300_000;

/**
 * Notices pods with a role of which none ever asks: what a wrong `--host-interface`, or a network plugin that goes round
 * iptables, looks like from the agent, and what nobody sees without a login on the node.
 */
export function noticeSilence(options: NoticeSilenceOptions): Task {
  const { podsWithRole, interceptedConnections, facts, report, logger, clock } = options;
  return async (signal) => {
    let sinceMs: number | undefined;
    let isTold = false;
    report(false);
    while (!signal.aborted) {
      if (interceptedConnections() > 0) {
        report(false);
        if (isTold) logger.info("pods' requests arrive");
        return;
      }
      const nowMs = clock.nowMs();
      sinceMs = podsWithRole() > 0 ? (sinceMs ?? nowMs) : undefined;
      const isSilent = sinceMs !== undefined && nowMs - sinceMs >= SUSPICIOUS_AFTER_MS;
      report(isSilent);
      if (isSilent && !isTold) {
        logger.warn(
          { pods: podsWithRole(), likelyCause: likelyCause(facts()) },
          "pods with a role have run here for five minutes and not one has asked for its credentials",
        );
        isTold = true;
      }
      await sleep(clock, LOOK_MS, signal);
    }
  };
}
