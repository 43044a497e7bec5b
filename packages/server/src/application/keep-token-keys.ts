import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { TokenKeys } from "./ports/token-keys.ts";

export interface KeepTokenKeysOptions {
  readonly keys: TokenKeys;
  /** Calls back when a token was taken by a key, as the API server could not be asked; the result ends that. */
  readonly onUsed: (listener: () => void) => () => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** API servers publish a new key long before it signs, since others follow it too (KEP-1393). */
const READ_EVERY_MS = 10 * 60_000;
const JITTER = 0.1;
const RETRY_MS = 5_000;
const ANSWER_MS = 5_000;

/**
 * Reads the keys of tokens while the API server can be reached, for when it cannot. Once one was used they are read again and
 * again until that succeeds: so it is noticed soon that the API server is back, though nothing else may have to be asked.
 */
export function keepTokenKeys({ keys, onUsed, clock, random, log }: KeepTokenKeysOptions): Task {
  return async (signal) => {
    let said: string | undefined;
    let used = new AbortController();
    const end = onUsed(() => used.abort());
    while (!signal.aborted) {
      used = new AbortController();
      const problem = await keys
        .read(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
        .then(() => undefined, errorMessage);
      if (signal.aborted) break;
      if (problem !== undefined && problem !== said) {
        log.warn({ problem }, "could not read the keys that the Kubernetes API signs tokens with");
      }
      said = problem;
      await sleep(clock, RETRY_MS, signal);
      if (problem !== undefined) continue;
      const jitteredMs = READ_EVERY_MS * (1 + JITTER * (2 * random() - 1));
      await sleep(clock, jitteredMs - RETRY_MS, AbortSignal.any([signal, used.signal]));
    }
    end();
  };
}
