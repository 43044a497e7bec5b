/** Reading of JSON whose shape is not to be relied on: what is missing or of another type is undefined. */
export type Fields = Readonly<Record<string, unknown>>;

export const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/**
 * An annotation as written, an empty one included. One that is longer than any valid one is cut one character over, so
 * that it still reads as too long and a tenant cannot fill the server's memory with it (an object may carry 256 KiB).
 *
 * @param longest the length of the longest valid value
 */
export function annotation(annotations: unknown, name: string, longest: number): string | undefined {
  const value = fields(annotations)[name];
  if (typeof value !== "string") return undefined;
  // V8 would keep the whole string behind a slice of it; a copy does not.
  return value.length > longest ? Buffer.from(value.slice(0, longest + 1), "utf16le").toString("utf16le") : value;
}
