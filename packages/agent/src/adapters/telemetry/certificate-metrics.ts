import { Counter, type Registry } from "prom-client";
import type { CertificateRecorder } from "../../application/ports/certificate-recorder.ts";

/** What the agent counts of asking for its certificate. */
export class CertificateMetrics implements CertificateRecorder {
  readonly #requests: Counter<"outcome">;

  constructor(registry: Registry) {
    this.#requests = new Counter({
      name: "rolecall_agent_certificate_requests_total",
      help: "Times that a server was asked for this node's certificate, by outcome: issued or failed",
      labelNames: ["outcome"],
      registers: [registry],
    });
  }

  certificateAsked(outcome: "issued" | "failed"): void {
    this.#requests.inc({ outcome });
  }
}
