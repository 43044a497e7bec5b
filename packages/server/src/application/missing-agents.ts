import type { Task } from "@rolecall/common/lifecycle/run-together";
import { reasonUrl } from "@rolecall/common/reasons/docs-url";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { Pod } from "../domain/pod/pod.ts";
import type { EventRecorder } from "./ports/event-recorder.ts";

export interface MissingAgentsOptions {
  readonly pods: () => Iterable<Pod>;
  /** Nodes whose agent has a feed open on this server. */
  readonly connected: () => Iterable<{ readonly node: string }>;
  /** When each node's agent last reported, to whichever of the servers its turn was. */
  readonly reports: () => Iterable<{ readonly node: string; readonly report: { readonly atMs: number } }>;
  /** A node is without its agent when none was heard of for so long. */
  readonly missingAfterMs: number;
  readonly events: EventRecorder;
  /** Where the documents are that Events link to. */
  readonly docsUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 15_000;

/**
 * Which nodes run pods that ask for a role and have no agent: such pods get nothing, and no agent is there to say so. An
 * agent reports to each server in turn, so that every server hears of every agent.
 */
export class MissingAgents {
  readonly #options: MissingAgentsOptions;
  #missing: ReadonlyMap<string, number> = new Map();
  /** UIDs of the pods that have been told. */
  #told: ReadonlySet<string> = new Set();

  constructor(options: MissingAgentsOptions) {
    this.#options = options;
  }

  /** How many nodes there are at the last look. */
  get count(): number {
    return this.#missing.size;
  }

  readonly run: Task = async (signal) => {
    const { clock, missingAfterMs } = this.#options;
    // Right after its start a server has heard of nobody.
    await sleep(clock, missingAfterMs, signal);
    while (!signal.aborted) {
      this.#look();
      await sleep(clock, Math.min(LOOK_EVERY_MS, missingAfterMs), signal);
    }
  };

  #look(): void {
    const { pods, connected, reports, missingAfterMs, clock, log } = this.#options;
    const heard = new Set([...connected()].map(({ node }) => node));
    for (const { node, report } of reports()) if (clock.nowMs() - report.atMs < missingAfterMs) heard.add(node);
    const missing = new Map<string, number>();
    const told = new Set<string>();
    for (const pod of pods()) {
      const { node, annotations, hostNetwork } = pod;
      if (node === undefined || annotations.role === undefined || hostNetwork || heard.has(node)) continue;
      missing.set(node, (missing.get(node) ?? 0) + 1);
      told.add(pod.uid);
      if (!this.#told.has(pod.uid)) this.#tell(pod, node);
    }
    this.#told = told;
    for (const [node, waiting] of missing) {
      if (!this.#missing.has(node)) {
        log.warn(
          { node, pods: waiting },
          "no agent is heard of on a node whose pods ask for roles; see the agents' DaemonSet",
        );
      }
    }
    for (const node of this.#missing.keys())
      if (!missing.has(node)) log.info({ node }, "no agent is missing on a node any more");
    this.#missing = missing;
  }

  #tell(pod: Pod, node: string): void {
    const { events, docsUrl } = this.#options;
    events.record({
      pod,
      reason: "AgentMissing",
      message: `agent-missing: no agent is heard of on ${node}, so the pod gets no credentials: see why the agents' DaemonSet has no ready pod there, or move the pod to another node`,
      link: reasonUrl(docsUrl, "agent-missing"),
    });
  }
}
