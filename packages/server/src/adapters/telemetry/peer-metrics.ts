import { Counter, Gauge, type Registry } from "prom-client";
import type { PeerRecorder } from "../../application/ports/peer-recorder.ts";
import { PROOFS, type Proof } from "../../domain/node/attestation.ts";

export class PeerMetrics implements PeerRecorder {
  readonly #connections: Counter<"outcome">;
  readonly #calls: Counter<"outcome">;
  readonly #proofs: Counter<"proof">;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ["outcome"] as const;
    this.#connections = new Counter({
      name: "rolecall_server_peer_connections_total",
      help: "TLS connections to the server: accepted with an agent's certificate, or the reason of the refusal, at the enrollment port too",
      labelNames,
      registers,
    });
    this.#calls = new Counter({
      name: "rolecall_server_peer_calls_total",
      help: "Calls by what their caller was found to be: accepted as its node's agent, or the reason of the refusal",
      labelNames,
      registers,
    });
    this.#proofs = new Counter({
      name: "rolecall_server_tokens_proven_total",
      help: "Agents' tokens that were found genuine: by token-review, or by signature while the Kubernetes API could not be asked",
      labelNames: ["proof"],
      registers,
    });
    // A counter that first appears at 1 has not risen for whoever watches its rate.
    for (const proof of PROOFS) this.#proofs.inc({ proof }, 0);
  }

  peerConnected(outcome: string): void {
    this.#connections.inc({ outcome });
  }

  peerCalled(outcome: string): void {
    this.#calls.inc({ outcome });
  }

  tokenProven(proof: Proof): void {
    this.#proofs.inc({ proof });
  }
}

/** @param keys how many keys are known now */
export function observeTokenKeys(registry: Registry, keys: () => number): void {
  new Gauge({
    name: "rolecall_server_token_keys",
    help: "Keys that agents' tokens can be checked with while the Kubernetes API is away; 0 where none could be read, or none are wanted",
    registers: [registry],
    collect() {
      this.set(keys());
    },
  });
}
