import { reasonUrl } from "@rolecall/common/reasons/docs-url";
import type { TroubleReason } from "@rolecall/common/reasons/reasons";
import type { Clock } from "@rolecall/common/time/clock";
import type { NodeReport } from "./node-reports.ts";
import type { EventRecorder } from "./ports/event-recorder.ts";

export interface TellNodesOptions {
  readonly events: EventRecorder;
  /** Where the documents are that Events link to. */
  readonly docsUrl: string;
  readonly clock: Clock;
}

/** Long enough for each server to hear of it, whose turn it is every 15 s. */
const RECENT_SECONDS = 60;

/** Says on a node what its agent has told of it and every pod there suffers from. */
export class TellNodes {
  readonly #options: TellNodesOptions;

  constructor(options: TellNodesOptions) {
    this.#options = options;
  }

  heard(node: string, { drift, certificate }: Pick<NodeReport, "drift" | "certificate">): void {
    if (drift && drift.secondsSinceLast < RECENT_SECONDS) {
      this.#warn(
        node,
        "KernelRulesDrifted",
        "rules-drifted",
        "something on this node changed the kernel rules that bring metadata requests to the agent; until the agent put them right pods were refused, or, where the guard was gone too, could reach the node's own role. Have the program that flushes or rewrites iptables leave the chains ROLECALL, ROLECALL-* and the jumps to them alone",
      );
    }
    if (certificate && certificate.notAfterMs <= this.#options.clock.nowMs()) {
      this.#warn(
        node,
        "AgentCertificateExpired",
        "certificate-expired",
        `the certificate of this node's agent ended at ${new Date(certificate.notAfterMs).toISOString()}: it cannot connect anew, and its pods keep their credentials only until those expire. Renew the agents' certificate`,
      );
    }
  }

  #warn(node: string, event: string, reason: TroubleReason, detail: string): void {
    const { events, docsUrl } = this.#options;
    events.record({ node, reason: event, message: `${reason}: ${detail}`, link: reasonUrl(docsUrl, reason) });
  }
}
