import type { AgentTarget } from "../domain/interception/agent-target.ts";

/** Whether the rules of interception are this keeper's to write, and where they lead. */
export interface Lead {
  readonly target: AgentTarget | undefined;
  /** Asked right before they are written. */
  isStillOurs(): boolean;
  /** Calls back when the target has changed; the result ends the subscription. */
  onChange(listener: () => void): () => void;
}
