import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { TokenBuckets } from "@rolecall/common/time/token-buckets";
import type { Proof } from "../domain/node/attestation.ts";
import type { PeerRecorder } from "./ports/peer-recorder.ts";

export interface PeerAuditOptions {
  readonly clock: Clock;
  readonly recorder: PeerRecorder;
  /** Hears of each refusal. */
  readonly onRefused?: (address: string, reason: string) => void;
  readonly log: Logger;
}

/** Who a peer is, as far as it is known when the verdict falls. */
export interface AuditedPeer {
  /** `address:port` of its end of the connection. */
  readonly peer: string;
  /** The call, where the verdict is on one and not on a connection. */
  readonly call?: string;
  /** The node that the peer claims. */
  readonly node?: string;
  /** The node that its proof names, where that is another. */
  readonly provenNode?: string;
  /** What its token was taken on. */
  readonly proof?: Proof;
  /** Hexadecimal serial number of its certificate. */
  readonly certificate?: string;
  readonly detail?: string;
}

/** Refusals that an address may cause at once, and in the long run; beyond them it is refused unheard. */
const REFUSALS_OF_ADDRESS = { burst: 30, perSecond: 1 };
/** Lines of refusals that an address may cause, so that it cannot bury the log. */
const LINES_OF_ADDRESS = { burst: 30, perSecond: 0.2 };

/**
 * Says of each peer whether it was let in: one line at info for each connection's first accepted call, the first on another
 * proof, and for each refusal, always with the same fields, and a metric by reason.
 */
export class PeerAudit {
  readonly #options: PeerAuditOptions;
  readonly #refusals = new TokenBuckets(REFUSALS_OF_ADDRESS);
  readonly #lines = new TokenBuckets(LINES_OF_ADDRESS);
  /** The node that each open connection was accepted as, and on what proof; empty while no call of it was. */
  readonly #accepted = new Map<string, string>();
  #unlogged = 0;

  constructor(options: PeerAuditOptions) {
    this.#options = options;
  }

  /** Whether a peer has been refused so often lately that it is not worth another look. */
  isExhausted(peer: string): boolean {
    return !this.#refusals.allows(addressOf(peer), this.#options.clock.nowMs());
  }

  connected(peer: string): void {
    this.#accepted.set(peer, "");
    this.#options.recorder.peerConnected("accepted");
  }

  closed(peer: string): void {
    this.#accepted.delete(peer);
  }

  accepted(peer: AuditedPeer & { readonly node: string }): void {
    this.#options.recorder.peerCalled("accepted");
    const as = `${peer.node} ${peer.proof}`;
    if (this.#accepted.get(peer.peer) === as) return;
    // Whoever has left while it was asked who it is, is not remembered for ever.
    if (this.#accepted.has(peer.peer)) this.#accepted.set(peer.peer, as);
    this.#options.log.info({ audit: "peer", outcome: "accepted", ...peer }, "accepted a peer");
  }

  connectionRefused(reason: string, peer: AuditedPeer): void {
    this.#options.recorder.peerConnected(reason);
    this.#refused(reason, peer);
  }

  callRefused(reason: string, peer: AuditedPeer): void {
    this.#options.recorder.peerCalled(reason);
    this.#refused(reason, peer);
  }

  /** Nobody could say who it is: it is to come back, and is not held to have been wrong. */
  callPutOff(reason: string, peer: AuditedPeer): void {
    this.#options.recorder.peerCalled(reason);
    this.#say(reason, peer);
  }

  #refused(reason: string, peer: AuditedPeer): void {
    this.#refusals.take(addressOf(peer.peer), this.#options.clock.nowMs());
    this.#say(reason, peer);
  }

  #say(reason: string, peer: AuditedPeer): void {
    const { clock, log } = this.#options;
    const address = addressOf(peer.peer);
    this.#options.onRefused?.(address, reason);
    if (!this.#lines.take(address, clock.nowMs())) {
      this.#unlogged += 1;
      return;
    }
    const unlogged = this.#unlogged > 0 ? { unlogged: this.#unlogged } : {};
    this.#unlogged = 0;
    log.info({ audit: "peer", outcome: "refused", reason, ...peer, ...unlogged }, "refused a peer");
  }
}

const addressOf = (peer: string): string => peer.slice(0, Math.max(0, peer.lastIndexOf(":")));
