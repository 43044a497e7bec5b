/** Something took too long. It may go on, and come in the way of what follows. */
export class DeadlineError extends Error {}

/**
 * What `work` comes to, unless that takes too long: what hangs then is named, and the run ends.
 *
 * @throws DeadlineError that names what was not done in time
 */
export async function withinDeadline<T>(what: string, limitMs: number, work: () => Promise<T> | T): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new DeadlineError(`still not done after ${limitMs / 1_000} s: ${what}`)),
    limitMs,
  );
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
