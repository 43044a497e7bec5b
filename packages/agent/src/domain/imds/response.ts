import type { Route } from "./routes.ts";

/** What the request was for, as a metric label: a closed set that no client can add to. */
export type RouteLabel = Route["kind"] | "container-credentials" | "malformed";

export const ROUTE_LABELS = [
  "token",
  "versioned-token",
  "version-list",
  "directory",
  "iam-directory",
  "iam-info",
  "role-list",
  "role-credentials",
  "leaf",
  "not-found",
  "container-credentials",
  "malformed",
] as const satisfies readonly RouteLabel[];

/**
 * Why a request was answered as it was, and the status that says so. Bodies of refusals are empty: CRT clients take a
 * one-word body of any status as a role name.
 */
export const STATUS_BY_OUTCOME = {
  answered: 200,
  "request-malformed": 400,
  "ttl-invalid": 400,
  "token-missing": 401,
  "token-invalid": 401,
  "authorization-missing": 401,
  "authorization-invalid": 401,
  forwarded: 403,
  "host-not-allowed": 403,
  "token-path-versioned": 403,
  "path-unknown": 404,
  "role-not-of-pod": 404,
  "pod-without-role": 404,
  "pod-denied": 404,
  "host-network": 404,
  "leaf-absent": 404,
  "method-not-allowed": 405,
  "request-too-slow": 408,
  "too-large": 413,
  "expectation-unknown": 417,
  "headers-too-large": 431,
  "answer-failed": 500,
  "upstream-unusable": 502,
  "upstream-unreachable": 503,
  "address-unknown": 503,
  "grant-unknown": 503,
  "credentials-pending": 503,
  "credentials-failed": 503,
  "credentials-expired": 503,
} as const satisfies Readonly<Record<string, number>>;

export type Outcome = keyof typeof STATUS_BY_OUTCOME;
export type RefusedOutcome = Exclude<Outcome, "answered">;

export interface MetadataResponse {
  readonly outcome: Outcome;
  readonly status: number;
  /** One character a byte (ISO 8859-1), so that its length is the content's length. */
  readonly body: string;
  readonly contentType: "text/plain" | "application/json";
  /** Headers beyond those every answer carries, as a flat list of names and values. */
  readonly headers: readonly string[];
}

const NO_HEADERS: readonly string[] = [];

export function answered(body: string, headers = NO_HEADERS): MetadataResponse {
  return { outcome: "answered", status: 200, body, contentType: "text/plain", headers };
}

const RESPONSE_BY_OUTCOME = Object.fromEntries(
  Object.entries(STATUS_BY_OUTCOME).map(([outcome, status]) => [
    outcome,
    { outcome, status, body: "", contentType: "text/plain", headers: NO_HEADERS },
  ]),
) as Readonly<Record<RefusedOutcome, MetadataResponse>>;

/** The answer without a body that an outcome stands for. */
export const refused = (outcome: RefusedOutcome): MetadataResponse => RESPONSE_BY_OUTCOME[outcome];

export type Connection = "close" | "keep-alive";

/** @param allow the value of the Allow header, which RFC 9110 §15.5.6 demands */
export function methodRefused(allow: string): MetadataResponse {
  return { ...refused("method-not-allowed"), headers: ["Allow", allow] };
}

/**
 * Every header of an answer but Date, as the flat list that `node:http` writes as it stands. No CORS header, ever: a page
 * in a browser on the pod must not read an answer.
 */
export function headersOf(response: MetadataResponse, connection: Connection): string[] {
  return [
    "Content-Type",
    response.contentType,
    "Content-Length",
    String(response.body.length),
    "Server",
    "EC2ws",
    "Connection",
    connection,
    ...response.headers,
  ];
}
