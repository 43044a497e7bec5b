import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { beginLife, type CertificateLife, isDue } from "@rolecall/common/time/certificate-life";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { bundleOf } from "../domain/pki/authority.ts";
import { leafValidity } from "../domain/pki/leaf.ts";
import { lookEveryMs, type PkiSettings } from "../domain/pki/pki-settings.ts";
import type { KeepAuthorities } from "./keep-authorities.ts";
import type { CertificateMaker, OwnCertificate } from "./ports/certificate-maker.ts";

export interface ServerCertificateOptions {
  readonly authorities: KeepAuthorities;
  readonly maker: CertificateMaker;
  readonly settings: PkiSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** What this server shows agents, and whose agents it takes. */
export interface ServerMaterial {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly bundlePem: string;
  readonly notAfterMs: number;
}

interface Held extends CertificateLife {
  readonly certificate: OwnCertificate;
  readonly issuer: string;
}

/** Keeps this server's own certificate, whose key is in this process alone, and says when anything of it has changed. */
export class ServerCertificate {
  readonly #options: ServerCertificateOptions;
  readonly #onMaterial: (material: ServerMaterial) => void;
  #held: Held | undefined;
  #wake = new AbortController();

  constructor(options: ServerCertificateOptions, onMaterial: (material: ServerMaterial) => void) {
    this.#options = options;
    this.#onMaterial = onMaterial;
  }

  readonly run: Task = async (signal) => {
    const { authorities, clock, settings, log } = this.#options;
    const unsubscribe = authorities.onChange(() => this.#wake.abort());
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#keep().catch((error: unknown) => {
        log.error({ problem: errorMessage(error) }, "could not make this server's certificate");
      });
      await sleep(clock, lookEveryMs(settings), AbortSignal.any([signal, this.#wake.signal]));
    }
    unsubscribe();
  };

  #told: string | undefined;

  async #keep(): Promise<void> {
    const { authorities, clock } = this.#options;
    const { state } = authorities;
    if (!state) return;
    const isTrusted = state.authorities.some(({ id }) => id === this.#held?.issuer);
    if (!this.#held || !isTrusted || isDue(this.#held, clock.nowMs())) await this.#renew();
    if (!this.#held) return;
    const { certificate, notAfterMs } = this.#held;
    const bundlePem = bundleOf(state);
    const what = certificate.serial + bundlePem;
    if (what === this.#told) return;
    this.#told = what;
    const { certificatePem, keyPem } = certificate;
    this.#onMaterial({ certificatePem, keyPem, bundlePem, notAfterMs });
  }

  async #renew(): Promise<void> {
    const { authorities, maker, settings, clock, random, log } = this.#options;
    const signer = authorities.signer();
    if (!signer) return;
    const nowMs = clock.nowMs();
    const validity = leafValidity(signer, nowMs, settings);
    const certificate = await maker.server(signer, validity);
    this.#held = { certificate, issuer: signer.id, ...beginLife(nowMs, validity.notAfterMs, random) };
    log.info(
      { serial: certificate.serial, authority: signer.id, notAfter: new Date(validity.notAfterMs).toISOString() },
      "made this server's certificate",
    );
  }
}
