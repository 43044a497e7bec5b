import { Counter, Gauge, type Registry } from "prom-client";
import type { CertificateFacts } from "../tls/certificate-facts.ts";
import type { TlsMaterialSource } from "../tls/tls-material-source.ts";
import type { TlsRecorder } from "../tls/tls-recorder.ts";

/** What a process counts of its TLS material. Each metric has a row in docs/metrics.md. */
export class TlsMetrics implements TlsRecorder {
  readonly #reloads: Counter<"outcome">;
  readonly #lastReload: Gauge;
  readonly #usable: Gauge;

  /** @param prefix such as `rolecall_server` */
  constructor(registry: Registry, prefix: string) {
    const registers = [registry];
    this.#reloads = new Counter({
      name: `${prefix}_tls_reloads_total`,
      help: "New TLS material by what became of it: taken into use, or refused while the old stays",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of ["taken", "refused"]) this.#reloads.inc({ outcome }, 0);
    this.#lastReload = new Gauge({
      name: `${prefix}_tls_last_reload_timestamp_seconds`,
      help: "When new TLS material was last taken into use, seconds since 1970; 0 while it is that of the start",
      registers,
    });
    this.#usable = new Gauge({
      name: `${prefix}_tls_files_usable`,
      help: "0 while the TLS files hold what cannot be used, and older material stays in use",
      registers,
    });
    this.#usable.set(1);
  }

  reloaded(outcome: "taken" | "refused", atMs: number): void {
    this.#reloads.inc({ outcome });
    if (outcome === "taken") this.#lastReload.set(atMs / 1_000);
  }

  filesUsable(usable: boolean): void {
    this.#usable.set(usable ? 1 : 0);
  }
}

/** Exports how long the certificates in use live, read when Prometheus asks. */
export function observeCertificates(registry: Registry, prefix: string, source: TlsMaterialSource): void {
  const gauge = (name: string, help: string, value: (facts: CertificateFacts) => number) =>
    new Gauge({
      name: `${prefix}_${name}`,
      help,
      labelNames: ["certificate"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [certificate, facts] of certificatesInUse(source)) this.set({ certificate }, value(facts));
      },
    });
  gauge(
    "certificate_expiry_seconds",
    "When a certificate in use expires, seconds since 1970: own, or ca (of those trusted, the last to expire)",
    ({ notAfterMs }) => notAfterMs / 1_000,
  );
  gauge(
    "certificate_life_seconds",
    "For how long a certificate in use is valid from first to last; what is left of it is for alerts",
    ({ notAfterMs, notBeforeMs }) => (notAfterMs - notBeforeMs) / 1_000,
  );
}

function certificatesInUse({ current }: TlsMaterialSource): ReadonlyMap<string, CertificateFacts> {
  if (!current) return new Map();
  const [lastToExpire] = current.authorities.toSorted((one, other) => other.notAfterMs - one.notAfterMs);
  return new Map([["own", current.leaf], ...(lastToExpire ? [["ca", lastToExpire] as const] : [])]);
}
