/** What a caught value says of itself, with the system's code where there is one ("ECONNREFUSED: connect …"). */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  // fetch and undici wrap the interesting error; AggregateError of a dual-stack connect has an empty message.
  const inner = error.cause instanceof Error ? errorMessage(error.cause) : undefined;
  const own =
    error.message || (error instanceof AggregateError ? error.errors.map(errorMessage).join("; ") : error.name);
  const text = inner && !own.includes(inner) ? `${own}: ${inner}` : own;
  return code && !text.includes(code) ? `${code}: ${text}` : text;
}
