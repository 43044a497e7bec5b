import { Counter, Gauge, type Registry } from "prom-client";
import type { AuthorityEvent, IssueRefusal, PkiRecorder } from "../../application/ports/pki-recorder.ts";
import type { Authority, AuthorityState } from "../../domain/pki/authority.ts";

/** Changes that say that something was wrong; an alert watches for them. */
const PUT_RIGHT: readonly AuthorityEvent[] = ["restored", "replaced", "promoted"];

/** What the server counts of managed certificates. */
export class PkiMetrics implements PkiRecorder {
  readonly #changes: Counter<"change">;
  readonly #failedLooks: Counter;
  readonly #requests: Counter<"outcome">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#changes = new Counter({
      name: "rolecall_server_authority_changes_total",
      help: "What this server did to the certificate authorities and their bundle, by kind; restored, replaced and promoted say that something was wrong",
      labelNames: ["change"],
      registers,
    });
    // What is counted from nothing would not be seen to rise.
    for (const change of PUT_RIGHT) this.#changes.inc({ change }, 0);
    this.#failedLooks = new Counter({
      name: "rolecall_server_authority_looks_failed_total",
      help: "Times that the certificate authorities could not be read or written",
      registers,
    });
    this.#requests = new Counter({
      name: "rolecall_server_certificate_requests_total",
      help: "Agents' questions for a certificate by outcome: issued, or the reason of the refusal",
      labelNames: ["outcome"],
      registers,
    });
  }

  authoritiesChanged(change: AuthorityEvent): void {
    this.#changes.inc({ change });
  }

  authoritiesUnknown(): void {
    this.#failedLooks.inc();
  }

  certificateAsked(outcome: "issued" | IssueRefusal): void {
    this.#requests.inc({ outcome });
  }
}

const PHASES: readonly Authority["phase"]["kind"][] = ["prepared", "active", "retired"];

/** @param state undefined until the authorities are known, and where certificates are not managed */
export function observeAuthorities(registry: Registry, state: () => AuthorityState | undefined): void {
  new Gauge({
    name: "rolecall_server_authorities",
    help: "Certificate authorities that are trusted, by phase: prepared, active or retired",
    labelNames: ["phase"],
    registers: [registry],
    collect() {
      const known = state()?.authorities ?? [];
      for (const phase of PHASES)
        this.set({ phase }, known.filter((authority) => authority.phase.kind === phase).length);
    },
  });
}
