import type { CertificateFacts } from "@rolecall/common/tls/certificate-facts";
import type { Credentials } from "../../domain/credentials/credentials.ts";
import type { AssumptionOutcome, ViewChange, ViewedPod } from "../../domain/credentials/node-view.ts";
import type { ProbeOutcome } from "../../domain/interception/probe-outcome.ts";

export interface NumberedChange {
  readonly generation: number;
  /** Undefined for a kind of change that this agent is too old to know. */
  readonly change: ViewChange | undefined;
  readonly serverVersion: string | undefined;
}

/** Why a call to a server failed: a word of the wire contract, or of gRPC where the server said none. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface FoundPod {
  readonly pod: ViewedPod;
  readonly assumption: { readonly key: string; readonly outcome: AssumptionOutcome } | undefined;
}

export interface NodeReport {
  readonly viewGeneration: number;
  readonly podsWithAddress: number;
  /** `unknown` until the rules have been looked at for the first time. */
  readonly interception: "unknown" | "off" | "in-place" | "broken";
  /** What came of the last self-probe; `unknown` until one has been sent. */
  readonly probe: "unknown" | "off" | ProbeOutcome;
  readonly interceptedConnections: number;
  readonly refusedPackets: number;
  /** That something else changed the rules; absent where it has not happened since the agent or its keeper started. */
  readonly drift?: { readonly times: number; readonly secondsSinceLast: number };
  /** What the agent shows the servers; absent where it has none. */
  readonly certificate?: Pick<CertificateFacts, "notBeforeMs" | "notAfterMs">;
  /** How far the node's clock is ahead of that of AWS; absent until a server has said its time. */
  readonly clockAheadSeconds?: number;
}

export interface ReportAnswer {
  /** Milliseconds since 1970; undefined where the server does not know it. */
  readonly awsNowMs: number | undefined;
}

/** A server, whichever of them answers. */
export interface Broker {
  /**
   * Follows the node feed until the signal aborts or the stream ends.
   *
   * @param held what is still held, by assumption key
   * @throws BrokerError when the stream ends for any other reason than the signal
   */
  watchNode(
    held: ReadonlyMap<string, Credentials>,
    onUpdate: (update: NumberedChange) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** @throws BrokerError; its reason is `pod-not-found` where this node has no such pod */
  findPod(pod: { uid: string; namespace: string; name: string }): Promise<FoundPod>;
  /**
   * @param signal ends the call: a server that does not answer must not hold an agent that stops
   * @returns what the server knows of the time of AWS
   * @throws BrokerError
   */
  report(report: NodeReport, signal: AbortSignal): Promise<ReportAnswer>;
}
