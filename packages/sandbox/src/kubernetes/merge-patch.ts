/** Applies a JSON merge patch (RFC 7396): objects merge, null removes, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * Whether a strategic merge patch means the same as a merge patch: it holds no list, whose merging depends on the
 * schema, and no directive.
 */
export function isPlainMerge(patch: unknown): boolean {
  if (Array.isArray(patch)) return false;
  if (!isObject(patch)) return true;
  return Object.entries(patch).every(([key, value]) => !key.startsWith("$") && isPlainMerge(value));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
