/**
 * Remembers the answers of a pure function; at the limit, the oldest is forgotten.
 *
 * @param limit how many answers are kept
 */
export function memoize<K, V>(limit: number, answer: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found as V;
    const value = answer(key);
    if (known.size >= limit) known.delete(known.keys().next().value as K);
    known.set(key, value);
    return value;
  };
}
