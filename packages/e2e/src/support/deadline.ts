/**
 * What `work` comes to, unless that takes too long: what hangs then hangs alone, and the rest of the run is still heard.
 *
 * @throws Error that names what was not done in time
 */
export async function withinDeadline<T>(what: string, limitMs: number, work: () => Promise<T> | T): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`still not done after ${limitMs / 1_000} s: ${what}`)), limitMs);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
