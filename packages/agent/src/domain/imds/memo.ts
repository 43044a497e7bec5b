/** Longer keys are computed each time, so that no client can make the memory large. */
const MAX_KEY_LENGTH = 256;

/**
 * Remembers what a pure function answered, up to `maxEntries` answers; then it starts afresh. For functions that few
 * arguments are asked of again and again, whatever a hostile client adds to them.
 */
export function memoized<T>(compute: (key: string) => T, maxEntries: number): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const computed = compute(key);
    if (key.length <= MAX_KEY_LENGTH) {
      if (known.size >= maxEntries) known.clear();
      known.set(key, computed);
    }
    return computed;
  };
}
