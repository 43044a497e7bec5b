import type { ProbeAttempt } from "../../domain/interception/probe-outcome.ts";

/** The link that the probe's packets take. */
export interface ProbeLink {
  /**
   * Makes it, or what is missing of it.
   *
   * @throws RuleError
   */
  ensure(): Promise<void>;
  /**
   * Takes it away, if it is there.
   *
   * @throws RuleError
   */
  remove(): Promise<void>;
}

/** Connections by the probe's link. Neither rejects. */
export interface ProbeRequests {
  /** Asks the metadata address for what only the agent answers, and only the probe. */
  askMetadata(): Promise<ProbeAttempt>;
  /** Connects to another port of the metadata address. */
  connect(port: number): Promise<ProbeAttempt>;
}
