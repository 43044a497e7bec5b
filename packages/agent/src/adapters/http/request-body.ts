import type { IncomingMessage } from "node:http";

/** No request needs a body; clients that send one with their PUT all the same send a few bytes. */
const MAX_BODY_BYTES = 4 * 1_024;

export type BodyFate = "discarded" | "too-large" | "sender-gone";

/** Of the methods that are served, PUT alone is sent with a body. */
export const mayHaveBody = (request: IncomingMessage): boolean => request.method !== "GET" && request.method !== "HEAD";

/**
 * Reads a body away before the answer, as closing a connection with unread bytes resets it and the client may lose the
 * answer. How long it may take is the server's request time-out.
 */
export function discardBody(request: IncomingMessage): Promise<BodyFate> {
  if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) return Promise.resolve("too-large");
  return new Promise((resolve) => {
    let received = 0;
    request.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received > MAX_BODY_BYTES) resolve("too-large");
    });
    request.on("end", () => resolve("discarded"));
    request.on("error", () => resolve("sender-gone"));
  });
}
