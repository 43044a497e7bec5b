import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import { failureLevel } from "@rolecall/common/telemetry/failure-level";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { beginLife, type CertificateLife, isDue } from "@rolecall/common/time/certificate-life";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { BrokerError } from "./ports/broker.ts";
import type { CertificateRecorder } from "./ports/certificate-recorder.ts";
import type { Enrollment } from "./ports/enrollment.ts";
import type { MakeKey } from "./ports/key-maker.ts";
import type { ReadTrustBundle } from "./ports/trust-bundle.ts";

/** What this agent shows the servers, and whom it takes for one. */
interface NodeMaterial {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly bundlePem: string;
}

export interface KeepCertificateOptions {
  readonly enrollment: Enrollment;
  readonly readBundle: ReadTrustBundle;
  readonly makeKey: MakeKey;
  /** Whether one of the bundle's authorities signed a certificate. */
  readonly isSignedBy: (certificatePem: string, bundlePem: string) => boolean;
  readonly onMaterial: (material: NodeMaterial) => void;
  /** Hears why there is no certificate yet, and undefined once there is one. */
  readonly report: (problem: string | undefined) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly recorder: CertificateRecorder;
  readonly log: Logger;
}

interface Held extends CertificateLife {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** How often the bundle is read: while there is none, and after. */
const LOOK_FIRST_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
/**
 * For how long an agent that has just started waits for its first bundle. A kubelet brings a ConfigMap that was made after
 * the pod's start with the next start of one of its containers, and otherwise only when it next looks at the pod, which is
 * up to 90 seconds later.
 */
const FIRST_BUNDLE_MS = 10_000;
const RETRY: Backoff = { baseMs: 1_000, capMs: 60_000 };

/**
 * Keeps a certificate for this node, whose key is in this process alone: asked for at the start, at half of its life, when
 * the clock has moved, and when its authority is no longer trusted. While no server answers the old one stays in use.
 *
 * Rejects with a StartupError where an agent that has just started gets no bundle: to start anew is the way to one.
 */
export class KeepCertificate {
  readonly #options: KeepCertificateOptions;
  #bundlePem: string | undefined;
  #held: Held | undefined;
  #failures = 0;
  #retryAtMs = 0;
  #said: string | undefined;

  constructor(options: KeepCertificateOptions) {
    this.#options = options;
  }

  readonly run: Task = async (signal) => {
    const { clock } = this.#options;
    const startedAtMs = clock.nowMs();
    while (!signal.aborted) {
      await this.#look(signal);
      if (this.#bundlePem === undefined && clock.nowMs() - startedAtMs >= FIRST_BUNDLE_MS) {
        throw new StartupError([
          `the servers' authorities are not here yet (${this.#said}); ending, so that the kubelet brings what has come since`,
        ]);
      }
      const lookMs = this.#bundlePem === undefined ? LOOK_FIRST_MS : LOOK_EVERY_MS;
      const untilRetryMs = this.#failures > 0 ? this.#retryAtMs - clock.nowMs() : lookMs;
      await sleep(clock, Math.max(100, Math.min(lookMs, untilRetryMs)), signal);
    }
  };

  async #look(signal: AbortSignal): Promise<void> {
    const { readBundle, clock, isSignedBy, log } = this.#options;
    const read = await readBundle();
    const isNew = read.kind === "usable" && read.pem !== this.#bundlePem;
    if (isNew) {
      this.#bundlePem = read.pem;
      this.#said = undefined;
      this.#failures = 0;
      log.info("took the bundle of certificate authorities");
    }
    if (read.kind === "unusable") this.#sayOnce(read.problem);
    const bundlePem = this.#bundlePem;
    if (bundlePem === undefined) return;
    const nowMs = clock.nowMs();
    const held = this.#held;
    const isGood = held && !isDue(held, nowMs) && isSignedBy(held.certificatePem, bundlePem);
    // A time to retry that is far away is of a clock that has moved.
    const mayAsk = this.#failures === 0 || nowMs >= this.#retryAtMs || this.#retryAtMs - nowMs > RETRY.capMs;
    const enrolled = !isGood && mayAsk && (await this.#enroll(bundlePem, signal));
    if (this.#held && (isNew || enrolled)) this.#options.onMaterial({ ...this.#held, bundlePem });
  }

  async #enroll(bundlePem: string, signal: AbortSignal): Promise<boolean> {
    const { enrollment, makeKey, clock, random, recorder, report, log } = this.#options;
    const { keyPem, request } = makeKey();
    try {
      const { certificatePem, notAfterMs } = await enrollment.ask(request, bundlePem, signal);
      this.#held = { certificatePem, keyPem, ...beginLife(clock.nowMs(), notAfterMs, random) };
    } catch (error) {
      if (signal.aborted) return false;
      this.#failures += 1;
      this.#retryAtMs = clock.nowMs() + backoffDelayMs(RETRY, this.#failures, random);
      recorder.certificateAsked("failed");
      const reason = error instanceof BrokerError ? error.reason : "failed";
      const level = failureLevel(this.#failures);
      log[level]({ reason, problem: errorMessage(error), failures: this.#failures }, "no server signed a certificate");
      if (!this.#held) report(`no server has signed a certificate for this node: ${reason}; see the log`);
      return false;
    }
    this.#failures = 0;
    recorder.certificateAsked("issued");
    report(undefined);
    log.info({ notAfter: new Date(this.#held.notAfterMs).toISOString() }, "this node has a new certificate");
    return true;
  }

  #sayOnce(problem: string): void {
    const { log, report } = this.#options;
    if (this.#said === problem) return;
    this.#said = problem;
    if (this.#bundlePem !== undefined) {
      log.warn({ problem }, "the bundle of certificate authorities cannot be read; the one in use stays");
      return;
    }
    log.info({ problem }, "waiting for the bundle of certificate authorities, which the servers publish");
    report(`the servers' authorities are not here yet (${problem}); they publish them in a ConfigMap when they start`);
  }
}
