import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** What is waited for, as the end of "not in 10 s: …". */
  readonly what: string;
  /** 30 s when absent. */
  readonly timeoutMs?: number;
  /** Between two attempts; 200 ms when absent. */
  readonly everyMs?: number;
}

/**
 * Asks until there is an answer: a real cluster has no clock that a test can turn.
 *
 * @param attempt gives undefined or false, or throws, for as long as it is not yet so
 * @throws Error that names what was waited for and why the last attempt failed
 */
export async function eventually<T>(
  { what, timeoutMs = 30_000, everyMs = 200 }: Patience,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await attempt();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`not in ${timeoutMs / 1_000} s: ${what}`, failure === undefined ? {} : { cause: failure });
    }
    await delay(everyMs);
  }
}
