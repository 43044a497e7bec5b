import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import {
  type Authority,
  type AuthorityState,
  activeAuthority,
  bundleOf,
  NO_AUTHORITIES,
} from "../domain/pki/authority.ts";
import { type AuthorityChange, nextStep, withNew } from "../domain/pki/authority-cycle.ts";
import { BACKDATE_MS, lookEveryMs, type PkiSettings, staleAfterMs } from "../domain/pki/pki-settings.ts";
import type { AuthorityStore, StoredAuthorities } from "./ports/authority-store.ts";
import type { BundleStore } from "./ports/bundle-store.ts";
import type { CertificateMaker } from "./ports/certificate-maker.ts";
import type { Leadership } from "./ports/leadership.ts";
import type { PkiRecorder } from "./ports/pki-recorder.ts";

export interface KeepAuthoritiesOptions {
  readonly store: AuthorityStore;
  readonly bundle: BundleStore;
  readonly leadership: Leadership;
  readonly maker: CertificateMaker;
  readonly settings: PkiSettings;
  readonly clock: Clock;
  readonly recorder: PkiRecorder;
  /** Hears why nothing is known yet, and undefined once something is. */
  readonly report: (problem: string | undefined) => void;
  readonly log: Logger;
}

type Lost = Exclude<StoredAuthorities, { kind: "found" }>;

/** So many steps may be due at once: a new authority, two that are over. */
const STEPS_AT_ONCE = 10;
const ANSWER_MS = 5_000;
/** Another server may still know the authorities that this one finds lost, and look only later. */
const LOOKS_BEFORE_ANEW = 4;

/**
 * Keeps this server in step with the authorities that all servers of the release share, and moves them on where it leads.
 * Every change is one write that fails where somebody else was faster, so that it does not matter who does it, nor whether
 * a leader is lost before it has ended.
 */
export class KeepAuthorities {
  readonly #options: KeepAuthoritiesOptions;
  readonly #listeners = new Set<() => void>();
  #known: AuthorityState | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #lostLooks = 0;
  /** Why the last look failed. */
  #problem: string | undefined;

  constructor(options: KeepAuthoritiesOptions) {
    this.#options = options;
  }

  /** What is trusted; undefined until something has been read. */
  get state(): AuthorityState | undefined {
    return this.#known;
  }

  /** Who signs now; undefined where that is not known for certain: a certificate of a retired authority could outlive its trust. */
  signer(): Authority | undefined {
    const { clock, settings } = this.#options;
    const ageMs = clock.nowMs() - this.#readAtMs;
    if (!this.#known || ageMs < 0 || ageMs > staleAfterMs(settings)) return undefined;
    const active = activeAuthority(this.#known);
    return active && active.notAfterMs > clock.nowMs() ? active : undefined;
  }

  /** Hears of every change of `state`. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly run: Task = async (signal) => {
    const { clock, settings, log, recorder, report } = this.#options;
    while (!signal.aborted) {
      try {
        await this.look(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]));
        this.#problem = undefined;
      } catch (error) {
        if (signal.aborted) return;
        recorder.authoritiesUnknown();
        const problem = errorMessage(error);
        if (problem !== this.#problem) log.warn({ problem }, "could not look after the certificate authorities");
        this.#problem = problem;
        if (!this.#known) report(problem);
      }
      await sleep(clock, lookEveryMs(settings), signal);
    }
  };

  /** Reads the authorities, and does what they need where that is this server's to do. */
  async look(signal: AbortSignal): Promise<void> {
    const leads = await this.#options.leadership.hold(signal);
    const stored = await this.#read(signal);
    if (stored.kind !== "found") return this.#recover(stored, leads, signal);
    this.#lostLooks = 0;
    if (leads) await this.#lead(signal);
  }

  async #recover(lost: Lost, leads: boolean, signal: AbortSignal): Promise<void> {
    const { store, bundle, log, recorder, clock } = this.#options;
    const version = lost.kind === "unreadable" ? lost.version : undefined;
    const problem = lost.kind === "unreadable" ? lost.problem : "the Secret is gone";
    if (this.#known) {
      if (!(await store.write(this.#known, version, signal))) return;
      this.#learn(this.#known, clock.nowMs());
      log.warn({ problem }, "the certificate authorities were lost; wrote them back from memory, nothing changes");
      return recorder.authoritiesChanged("restored");
    }
    if (!leads) return;
    this.#lostLooks += 1;
    const published = await bundle.read(signal);
    const areMissed = version !== undefined || (published !== undefined && published.pem !== "");
    if (areMissed && this.#lostLooks < LOOKS_BEFORE_ANEW) return;
    if (areMissed) {
      log.warn({ problem }, "the certificate authorities were lost and no server knows them; agents enroll anew");
    }
    await this.#make(NO_AUTHORITIES, version, "active", "first-made", signal);
    if (this.#known) await this.#lead(signal);
  }

  /** Brings the bundle and the authorities to where they should be now, one write at a time. */
  async #lead(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#options;
    for (let done = 0; done < STEPS_AT_ONCE; done += 1) {
      const stored = await this.#read(signal);
      if (stored.kind !== "found") return;
      const { state, version } = stored;
      const published = await this.#publish(state, signal);
      const isPublished = ({ certificatePem }: Authority) => published.includes(certificatePem.trim());
      const step = nextStep({ state, nowMs: clock.nowMs(), settings, isPublished });
      switch (step.kind) {
        case "rest":
          return;
        case "make":
          if (!(await this.#make(state, version, step.as, step.change, signal))) return;
          break;
        case "write":
          if (!(await this.#write(step.state, version, step.change, signal))) return;
      }
    }
  }

  async #read(signal: AbortSignal): Promise<StoredAuthorities> {
    const askedAtMs = this.#options.clock.nowMs();
    const stored = await this.#options.store.read(signal);
    if (stored.kind === "found") this.#learn(stored.state, askedAtMs);
    return stored;
  }

  /** @returns what nodes read now */
  async #publish(state: AuthorityState, signal: AbortSignal): Promise<string> {
    const { bundle, recorder, log } = this.#options;
    const wanted = bundleOf(state);
    const published = await bundle.read(signal);
    if (published?.pem === wanted) return wanted;
    if (!(await bundle.write(wanted, published?.version, signal))) return "";
    log.info({ authorities: state.authorities.length }, "published the bundle of certificate authorities");
    recorder.authoritiesChanged("bundle-published");
    return wanted;
  }

  async #make(
    state: AuthorityState,
    version: string | undefined,
    as: "prepared" | "active",
    change: AuthorityChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { maker, settings, clock } = this.#options;
    const nowMs = clock.nowMs();
    const notAfterMs = nowMs + settings.authorityLifeMs;
    const made = await maker.authority({ notBeforeMs: nowMs - BACKDATE_MS, notAfterMs });
    const authority = { ...made, createdAtMs: nowMs, notAfterMs };
    return this.#write(withNew(state, authority, as, nowMs), version, change, signal);
  }

  /** @returns false where another server was faster: the next look sees what it did */
  async #write(
    state: AuthorityState,
    version: string | undefined,
    change: AuthorityChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, recorder, log, clock } = this.#options;
    if (!(await store.write(state, version, signal))) return false;
    this.#learn(state, clock.nowMs());
    recorder.authoritiesChanged(change);
    const level = change === "replaced" || change === "promoted" || change === "disagreement-ended" ? "warn" : "info";
    const active = activeAuthority(state);
    log[level](
      {
        change,
        generation: state.generation,
        active: active?.id,
        activeUntil: active && new Date(active.notAfterMs).toISOString(),
      },
      "changed the certificate authorities",
    );
    return true;
  }

  #learn(state: AuthorityState, atMs: number): void {
    if (!this.#known) this.#options.report(undefined);
    const isNew = this.#known?.generation !== state.generation || bundleOf(this.#known) !== bundleOf(state);
    this.#known = state;
    this.#readAtMs = atMs;
    if (isNew) for (const listener of [...this.#listeners]) listener();
  }
}
