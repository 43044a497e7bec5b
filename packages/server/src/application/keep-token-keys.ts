import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { TokenKeys } from "./ports/token-keys.ts";

export interface KeepTokenKeysOptions {
  readonly keys: TokenKeys;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** API servers publish a new key long before it signs, since others follow it too (KEP-1393). */
const READ_EVERY_MS = 10 * 60_000;
const JITTER = 0.1;
const RETRY_MS = 10_000;
const ANSWER_MS = 5_000;

/** Reads the keys of tokens while the API server can be reached, for when it cannot. */
export function keepTokenKeys({ keys, clock, random, log }: KeepTokenKeysOptions): Task {
  return async (signal) => {
    let said: string | undefined;
    while (!signal.aborted) {
      const problem = await keys
        .read(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
        .then(() => undefined, errorMessage);
      if (signal.aborted) return;
      if (problem !== undefined && problem !== said) {
        log.warn({ problem }, "could not read the keys that the Kubernetes API signs tokens with");
      }
      said = problem;
      const jittered = READ_EVERY_MS * (1 + JITTER * (2 * random() - 1));
      await sleep(clock, problem === undefined ? jittered : RETRY_MS, signal);
    }
  };
}
