/**
 * V8's full collection, some tens of milliseconds.
 *
 * @returns undefined unless Node was started with `--expose-gc`
 */
export function fullCollection(): (() => void) | undefined {
  const { gc } = globalThis;
  return gc && (() => void gc({ type: "major", execution: "sync", flavor: "last-resort" }));
}
