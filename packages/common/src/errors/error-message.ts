/** What a caught value says of itself, with the system's code where there is one ("ECONNREFUSED: connect …"). */
export function errorMessage(error: unknown): string {
  if (!isError(error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  // fetch and undici wrap the interesting error; AggregateError of a dual-stack connect has an empty message.
  const inner = isError(error.cause) ? errorMessage(error.cause) : undefined;
  const causes = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  const own = error.message || causes.map(errorMessage).join("; ") || error.name;
  const text = inner && !own.includes(inner) ? `${own}: ${inner}` : own;
  return code && !text.includes(code) ? `${code}: ${text}` : text;
}

/** An error of another realm, such as Node's own errors under jest, is no instance of this one's Error. */
const isError = (value: unknown): value is Error =>
  value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
