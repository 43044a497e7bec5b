import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@rolecall/common/time/clock";
import { type Directory, readTree } from "./metadata-tree.ts";
import type { Misbehaviours } from "./misbehaviour.ts";
import type { ImdsTokens } from "./tokens.ts";

/** A request as it came in, whatever became of it. */
export interface ImdsRequest {
  readonly method: string;
  /** As it stood in the request line. */
  readonly path: string;
  readonly from: string;
  /** Lower-case names; the token's value is left out. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ImdsParts {
  readonly clock: Clock;
  readonly tree: Directory;
  readonly tokens: ImdsTokens;
  readonly misbehaviours: Misbehaviours;
  /** Whether requests without a token are refused, `HttpTokens: required`. */
  readonly isTokenRequired: boolean;
}

const TTL = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN = "x-aws-ec2-metadata-token";
const VERSIONS = ["1.0", "2007-01-19", "2009-04-04", "2016-09-02", "2021-07-15", "2024-04-11", "latest"];

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers one request. Source of the rules: EC2 User Guide, "Use the Instance Metadata Service". */
export async function handleRequest(
  parts: ImdsParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader("server", "EC2ws");
  response.setHeader("connection", "close");
  const segments = canonicalSegments(request.url ?? "/");
  const isForToken = segments?.slice(1).join("/") === "api/token";
  if (await parts.misbehaviours.deal(isForToken ? "token" : "data", request, response)) return;
  const { status, headers, body = "" } = answer(parts, request, segments, isForToken);
  response.writeHead(status, { "content-type": "text/plain", "content-length": Buffer.byteLength(body), ...headers });
  response.end(body);
}

function answer(
  parts: ImdsParts,
  request: IncomingMessage,
  segments: readonly string[] | undefined,
  isForToken: boolean,
): Answer {
  if (request.headers["x-forwarded-for"] !== undefined) return { status: 403 };
  if (!segments) return { status: 400 };
  if (isForToken) return answerToken(parts, segments[0] ?? "", request);
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, headers: { allow: "GET, HEAD" } };
  return answerData(parts, segments, request);
}

function answerToken(parts: ImdsParts, version: string, request: IncomingMessage): Answer {
  // By design, AWS documents: only `/latest/api/token` mints tokens.
  if (version !== "latest") return { status: 403 };
  if (request.method !== "PUT") return { status: 405, headers: { allow: "OPTIONS, PUT" } };
  const issued = parts.tokens.issue(request.headers[TTL]?.toString());
  if (!issued) return { status: 400 };
  return { status: 200, headers: { [TTL]: String(issued.ttlSeconds) }, body: issued.token };
}

function answerData(parts: ImdsParts, segments: readonly string[], request: IncomingMessage): Answer {
  const token = request.headers[TOKEN]?.toString();
  const remaining = token === undefined ? undefined : parts.tokens.remainingSeconds(token);
  if (token === undefined ? parts.isTokenRequired : remaining === undefined) return { status: 401 };
  const [version, ...path] = segments;
  const isKnown = version === undefined || VERSIONS.includes(version) || /^20\d\d-\d\d-\d\d$/.test(version);
  const body = version === undefined ? VERSIONS.join("\n") : readTree(parts.tree, path, parts.clock.nowMs());
  if (!isKnown || body === undefined) return NOT_FOUND;
  return {
    status: 200,
    headers: {
      "accept-ranges": "none",
      "content-type": path[0] === "user-data" ? "application/octet-stream" : "text/plain",
      ...(remaining === undefined ? {} : { [TTL]: String(remaining) }),
    },
    body,
  };
}

const NOT_FOUND: Answer = {
  status: 404,
  headers: { "content-type": "text/html" },
  body: `<?xml version="1.0" encoding="iso-8859-1"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>404 - Not Found</title></head><body><h1>404 - Not Found</h1></body></html>
`,
};

/**
 * The segments of a path, read as leniently as any host could: one round of percent-decoding, dots resolved, doubled and
 * trailing slashes dropped. A filter in front that is stricter somewhere shows as a leak here.
 *
 * @returns undefined for a path that cannot be decoded
 */
function canonicalSegments(target: string): readonly string[] | undefined {
  const path = target.replace(/^https?:\/\/[^/]*/i, "").split(/[?#]/, 1)[0] ?? "";
  try {
    const segments: string[] = [];
    for (const segment of decodeURIComponent(path).split("/")) {
      if (segment === "..") segments.pop();
      else if (segment !== "" && segment !== ".") segments.push(segment);
    }
    return segments;
  } catch {
    return undefined;
  }
}

export const describeRequest = ({ method = "", url = "", headers, socket }: IncomingMessage): ImdsRequest => ({
  method,
  path: url,
  from: socket.remoteAddress ?? "",
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, name === TOKEN ? "[token]" : String(value)]),
  ),
});
