/**
 * A long-lived part of a process. Resolves when the signal aborts and it has cleaned up; rejects only when it cannot go
 * on. What may fail and recover retries inside itself.
 */
export type Task = (signal: AbortSignal) => Promise<void>;

/**
 * Runs tasks until the signal aborts. The first that rejects stops the others.
 *
 * @throws what the first failing task threw, after all tasks have ended
 */
export async function runTogether(signal: AbortSignal, tasks: readonly Task[]): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  await Promise.all(tasks.map((task) => task(either).catch((error: unknown) => failure.abort(error))));
  if (failure.signal.aborted) throw failure.signal.reason;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Runs the task once `ready` resolves; not at all when the signal aborts before. */
export function runAfter(ready: Promise<unknown>, task: Task): Task {
  return async (signal) => {
    await Promise.race([ready, aborted(signal)]);
    if (!signal.aborted) await task(signal);
  };
}
