import { createLogger, type Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { KeepAuthorities } from "../../src/application/keep-authorities.ts";
import type { AuthorityStore, StoredAuthorities } from "../../src/application/ports/authority-store.ts";
import type { BundleStore } from "../../src/application/ports/bundle-store.ts";
import type { CertificateMaker } from "../../src/application/ports/certificate-maker.ts";
import type { AuthorityEvent, PkiRecorder } from "../../src/application/ports/pki-recorder.ts";
import type { AuthorityState } from "../../src/domain/pki/authority.ts";
import type { PkiSettings } from "../../src/domain/pki/pki-settings.ts";

/** A process that is killed: what it was about to do, or has just done, is the last that it did. */
export class Killed extends Error {
  override readonly message = "killed";
}

/** An object in the API server: every write is a version, and one over another version than it names is refused. */
class Cell<T> {
  value: T | undefined;
  version = 0;

  write(value: T, version: string | undefined): boolean {
    if (this.value === undefined ? version !== undefined : version !== String(this.version)) return false;
    this.value = value;
    this.version += 1;
    return true;
  }

  remove(): void {
    this.value = undefined;
    this.version += 1;
  }
}

/** What all servers of a release share. */
export class SharedPki {
  readonly authorities = new Cell<AuthorityState | "unreadable">();
  readonly bundle = new Cell<string>();
  readonly events: AuthorityEvent[] = [];
  /** Every state that was ever written, in order. */
  readonly written: AuthorityState[] = [];
  /** The server that leads; any where undefined. */
  leader: string | undefined;
  #made = 0;
  #signed = 0;

  get state(): AuthorityState {
    const { value } = this.authorities;
    if (value === undefined || value === "unreadable") throw new Error(`the authorities are ${value}`);
    return value;
  }

  /**
   * A server on it.
   *
   * @param killAt the number of the call at which it is killed, from 0, and whether the call still has its effect
   */
  server(
    name: string,
    clock: Clock,
    settings: PkiSettings,
    killAt?: { readonly call: number; readonly after: boolean },
  ) {
    let calls = 0;
    const writes: number[] = [];
    const call = async <T>(effect: () => T): Promise<T> => {
      const isLast = killAt !== undefined && calls === killAt.call;
      if (killAt !== undefined && (calls > killAt.call || (isLast && !killAt.after))) throw new Killed();
      calls += 1;
      const result = effect();
      if (isLast) throw new Killed();
      return result;
    };
    const store: AuthorityStore = {
      read: () => call(() => this.#read()),
      write: (state, version) =>
        call(() => {
          writes.push(calls - 1);
          const done = this.authorities.write(state, version);
          if (done) this.written.push(state);
          return done;
        }),
    };
    const bundle: BundleStore = {
      read: () =>
        call(() =>
          this.bundle.value === undefined
            ? undefined
            : { pem: this.bundle.value, version: String(this.bundle.version) },
        ),
      write: (pem, version) =>
        call(() => {
          writes.push(calls - 1);
          return this.bundle.write(pem, version);
        }),
    };
    const leadership = { hold: () => call(() => this.leader === undefined || this.leader === name) };
    const maker: CertificateMaker = {
      authority: () =>
        call(() => {
          const id = `ca-${++this.#made}`;
          return { id, certificatePem: `certificate ${id}`, keyPem: `key ${id}` };
        }),
      server: (signer) =>
        call(() => ({ certificatePem: `server by ${signer.id}`, serial: `${++this.#signed}`, keyPem: "key" })),
      node: (signer, _validity, node) =>
        call(() => ({ certificatePem: `${node} by ${signer.id}`, serial: `${++this.#signed}` })),
    };
    const recorder: PkiRecorder = {
      authoritiesChanged: (event) => this.events.push(event),
      authoritiesUnknown: () => {},
      certificateAsked: () => {},
    };
    const problems: (string | undefined)[] = [];
    const report = (problem: string | undefined) => void problems.push(problem);
    const parts = { store, bundle, leadership, maker, settings, clock, recorder, report };
    return { keeper: new KeepAuthorities({ ...parts, log: silence() }), maker, recorder, writes, problems };
  }

  #read(): StoredAuthorities {
    const { value, version } = this.authorities;
    if (value === undefined) return { kind: "missing" };
    if (value === "unreadable") return { kind: "unreadable", version: String(version), problem: "no JSON" };
    return { kind: "found", state: value, version: String(version) };
  }
}

const silence = (): Logger => createLogger("test", "error", () => {});
