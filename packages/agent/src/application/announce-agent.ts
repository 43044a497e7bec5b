import type { AgentTarget } from "../domain/interception/agent-target.ts";
import type { Board } from "./ports/exchange.ts";

/** What there is to know of an agent before the rules may lead to it. */
interface Progress {
  readonly port?: number;
  readonly containerPort?: number;
  readonly hasView?: boolean;
  readonly hasAddresses?: boolean;
}

/** Tells the keeper where this agent listens, when it listens at every place, and how far it is. */
export class AnnounceAgent {
  readonly #board: Board<AgentTarget>;
  readonly #self: Pick<AgentTarget, "instance" | "startedAtMs"> & { readonly hasContainerPort: boolean };
  #progress: Progress = {};

  constructor(
    board: Board<AgentTarget>,
    self: Pick<AgentTarget, "instance" | "startedAtMs"> & { readonly hasContainerPort: boolean },
  ) {
    this.#board = board;
    this.#self = self;
  }

  progress(more: Progress): void {
    const before = this.#target();
    this.#progress = { ...this.#progress, ...more };
    const now = this.#target();
    if (now && JSON.stringify(now) !== JSON.stringify(before)) this.#board.publish(now);
  }

  #target(): AgentTarget | undefined {
    const { instance, startedAtMs, hasContainerPort } = this.#self;
    const { port, containerPort, hasView = false, hasAddresses = false } = this.#progress;
    if (port === undefined || (hasContainerPort && containerPort === undefined)) return undefined;
    return {
      instance,
      startedAtMs,
      port,
      ...(containerPort !== undefined && { containerPort }),
      isLoaded: hasView && hasAddresses,
    };
  }
}
