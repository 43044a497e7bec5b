/** Where an agent listens on the alias, and how far it is: what it tells its keeper. */
export interface AgentTarget {
  /** Names this run of the agent. */
  readonly instance: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Of metadata. */
  readonly port: number;
  /** Of container credentials; absent where they are switched off. */
  readonly containerPort?: number | undefined;
  /** It has its node view and the node's addresses, so it can answer for every pod that runs. */
  readonly isLoaded: boolean;
}
