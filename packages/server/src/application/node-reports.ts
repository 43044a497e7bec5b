import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";

/** What an agent last said of itself. */
export interface NodeReport {
  readonly agentVersion: string;
  readonly viewGeneration: number;
  readonly podsWithAddress: number;
  readonly interception: string;
  /** What came of the node's last self-probe. */
  readonly probe: string;
  /** That something else than the agent changed the kernel rules; absent where it has not happened since the agent started. */
  readonly drift?: { readonly times: number; readonly secondsSinceLast: number };
  /** Of the certificate that the agent shows; absent where the agent does not say. */
  readonly certificate?: { readonly notBeforeMs: number; readonly notAfterMs: number };
  /** How far the node's clock is ahead of that of AWS; absent where the agent does not know. */
  readonly clockAheadSeconds?: number;
}

export interface ReportedNode {
  readonly node: string;
  readonly report: NodeReport & { readonly atMs: number };
}

/** Outcomes of the self-probe that say that pods do not reach their agent. */
const TROUBLE: ReadonlySet<string> = new Set(["PROBE_REFUSED", "PROBE_PASSED_BY", "PROBE_LOST"]);

/** Reports older than this are of agents that are gone. */
const FORGET_AFTER_MS = 600_000;

/** The last report of each node, and a log line whenever a node's interception or its self-probe changes. */
export class NodeReports {
  readonly #byNode = new Map<string, NodeReport & { readonly atMs: number }>();
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  record(node: string, report: NodeReport): void {
    const nowMs = this.#clock.nowMs();
    const before = this.#byNode.get(node);
    this.#byNode.delete(node);
    this.#byNode.set(node, { ...report, atMs: nowMs });
    for (const [oldest, { atMs }] of this.#byNode) {
      if (nowMs - atMs < FORGET_AFTER_MS) break;
      this.#byNode.delete(oldest);
    }
    if (before?.interception === report.interception && before.probe === report.probe) return;
    const level = report.interception === "STATE_BROKEN" || TROUBLE.has(report.probe) ? "warn" : "info";
    const { agentVersion, viewGeneration, podsWithAddress, interception, probe } = report;
    const state = { agentVersion, viewGeneration, podsWithAddress, interception, probe };
    this.#log[level]({ node, ...state }, "an agent reports a new state of its interception");
  }

  all(): readonly ReportedNode[] {
    return [...this.#byNode].map(([node, report]) => ({ node, report }));
  }

  /** How many nodes report each state of interception. */
  countByInterception(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { interception } of this.#byNode.values()) counts.set(interception, (counts.get(interception) ?? 0) + 1);
    return counts;
  }
}
