/**
 * Calls back at each SIGHUP, by which both processes are told to make every connection anew with current certificates:
 * `kill -HUP`.
 *
 * @returns ends that
 */
export function onHangup(listener: () => void): () => void {
  process.on("SIGHUP", listener);
  return () => process.off("SIGHUP", listener);
}
