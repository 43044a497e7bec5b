import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Clock } from "@rolecall/common/time/clock";
import type { Assumption } from "../domain/credentials/assumption.ts";
import { liveCredentials } from "../domain/credentials/assumption-state.ts";
import type { Credentials } from "../domain/credentials/credentials.ts";
import type { CredentialStore, Hold } from "./credential-store.ts";

export interface FirstHopOptions {
  /** One of its own, whose calls are made with the server's base credentials. */
  readonly store: CredentialStore;
  readonly assumption: Assumption;
  /** The time that credentials are in. */
  readonly awsClock: Clock;
}

/**
 * The role that the server itself takes on before it assumes those of pods, kept as fresh as theirs are: a refresh that
 * fails keeps what still lives.
 */
export class FirstHop {
  readonly #options: FirstHopOptions;
  readonly #waiting = new Set<() => void>();
  #hold: Hold | undefined;

  constructor(options: FirstHopOptions) {
    this.#options = options;
  }

  /** Ends the calls under way when the process stops. */
  readonly run: Task = (signal) => this.#options.store.run(signal);

  /** @throws when there are none to be had now, with why STS gave none */
  readonly credentials = async (): Promise<Credentials> => {
    const { store, assumption, awsClock } = this.#options;
    this.#hold ??= store.hold(assumption, () => this.#wake());
    for (;;) {
      const state = this.#hold.state();
      const live = liveCredentials(state, awsClock.nowMs());
      if (live) return live;
      if (state.kind === "failed") throw new Error(`--assume-role-arn: ${state.failure.detail}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  };

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
