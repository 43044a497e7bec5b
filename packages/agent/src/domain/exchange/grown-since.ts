/** By how much each count of a process's run has grown; what fell has begun anew. */
export function grownSince<K extends string>(
  before: Readonly<Partial<Record<K, number>>>,
  now: Readonly<Partial<Record<K, number>>>,
): readonly (readonly [K, number])[] {
  return (Object.entries(now) as [K, number][]).flatMap(([name, count]) => {
    const earlier = before[name] ?? 0;
    const grown = count >= earlier ? count - earlier : count;
    return grown > 0 ? [[name, grown] as const] : [];
  });
}
