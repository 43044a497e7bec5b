import type { ServerResponse } from "node:http";
import type { StatusFailure } from "./faults.ts";
import { failure } from "./status.ts";

export function sendFailure({ status, message, retryAfterSeconds }: StatusFailure, response: ServerResponse): void {
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
  sendJson(response, status, failure(status, message ?? "the sandbox was told to fail this request"));
}

export const send = (response: ServerResponse, code: number, body: string | object): void =>
  typeof body === "string"
    ? sendText(response, code, body, "text/plain; charset=utf-8")
    : sendJson(response, code, body);

export const sendJson = (response: ServerResponse, code: number, body: object): void =>
  sendText(response, code, JSON.stringify(body), "application/json");

function sendText(response: ServerResponse, code: number, text: string, type: string): void {
  response.writeHead(code, {
    "content-type": type,
    "cache-control": "no-cache, private",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
