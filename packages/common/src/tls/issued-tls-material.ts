import type { Logger } from "../telemetry/logger.ts";
import { checkTlsPem } from "./tls-material.ts";
import { CurrentTlsMaterial } from "./tls-material-source.ts";
import type { TlsRecorder } from "./tls-recorder.ts";

/** What an authority of the servers' own made for this process. */
export interface IssuedPem {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly bundlePem: string;
}

/** TLS material that comes from an authority and not from files. What cannot be used is not taken: the old stays. */
export class IssuedTlsMaterial extends CurrentTlsMaterial {
  readonly #recorder: TlsRecorder;
  readonly #log: Logger;
  readonly #usable = Promise.withResolvers<void>();

  constructor(recorder: TlsRecorder, log: Logger) {
    super();
    this.#recorder = recorder;
    this.#log = log;
  }

  /** Resolves with the first that was taken. */
  get whenUsable(): Promise<void> {
    return this.#usable.promise;
  }

  /** @returns whether it was taken */
  take({ certificatePem, keyPem, bundlePem }: IssuedPem, nowMs: number): boolean {
    const pem = { certificate: Buffer.from(certificatePem), key: Buffer.from(keyPem), ca: Buffer.from(bundlePem) };
    const checked = checkTlsPem(pem, nowMs);
    if (checked.kind === "unusable") {
      this.#log.error({ problems: checked.problems }, "the certificate that was issued to this process cannot be used");
      return false;
    }
    this.set(checked.material);
    this.#recorder.reloaded("taken", nowMs);
    this.#usable.resolve();
    return true;
  }
}
