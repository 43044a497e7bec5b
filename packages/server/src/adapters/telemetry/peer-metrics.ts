import { Counter, type Registry } from "prom-client";
import type { PeerRecorder } from "../../application/ports/peer-recorder.ts";

export class PeerMetrics implements PeerRecorder {
  readonly #connections: Counter<"outcome">;
  readonly #calls: Counter<"outcome">;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ["outcome"] as const;
    this.#connections = new Counter({
      name: "rolecall_server_peer_connections_total",
      help: "TLS connections to the server: accepted, or the reason of the refusal",
      labelNames,
      registers,
    });
    this.#calls = new Counter({
      name: "rolecall_server_peer_calls_total",
      help: "Calls by what their caller was found to be: accepted as its node's agent, or the reason of the refusal",
      labelNames,
      registers,
    });
  }

  peerConnected(outcome: string): void {
    this.#connections.inc({ outcome });
  }

  peerCalled(outcome: string): void {
    this.#calls.inc({ outcome });
  }
}
