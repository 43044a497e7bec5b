import type { RefusedOutcome } from "./response.ts";

/** Of all headers, the ones that decide something. A header given twice is kept as `repeated`. */
export interface RequestHeaders {
  readonly host: HeaderValue;
  readonly token: HeaderValue;
  readonly tokenTtl: HeaderValue;
  readonly authorization: HeaderValue;
  /** `X-Forwarded-For` was there, with whatever value. */
  readonly forwarded: boolean;
}
export type HeaderValue = string | undefined | typeof REPEATED;

export const REPEATED = Symbol("repeated header");

/** @param raw names and values in turn, as received */
export function readHeaders(raw: readonly string[]): RequestHeaders {
  let host: HeaderValue;
  let token: HeaderValue;
  let tokenTtl: HeaderValue;
  let authorization: HeaderValue;
  let forwarded = false;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const value = raw[index + 1];
    switch (raw[index]?.toLowerCase()) {
      case "host":
        host = host === undefined ? value : REPEATED;
        break;
      case "x-aws-ec2-metadata-token":
        token = token === undefined ? value : REPEATED;
        break;
      case "x-aws-ec2-metadata-token-ttl-seconds":
        tokenTtl = tokenTtl === undefined ? value : REPEATED;
        break;
      case "authorization":
        authorization = authorization === undefined ? value : REPEATED;
        break;
      case "x-forwarded-for":
        forwarded = true;
        break;
      default:
        break;
    }
  }
  return { host, token, tokenTtl, authorization, forwarded };
}

/** Values of the Host header under which pods reach us, in lower case. */
export type HostAllowList = ReadonlySet<string>;

const METADATA_HOSTS = ["169.254.169.254", "[fd00:ec2::254]"] as const;

/**
 * The addresses we stand in for and any others, each alone and with the port that plain HTTP leaves out. A name in the
 * Host header that is none of them means a page that a browser in the pod was lured to (DNS rebinding).
 *
 * @param others hosts, IPv6 in brackets, with a port where it is not 80
 */
export function hostAllowList(others: readonly string[] = [], own: readonly string[] = METADATA_HOSTS): HostAllowList {
  return new Set(
    [...own, ...others].flatMap((host) => {
      const lower = host.toLowerCase();
      return /:\d+$/.test(lower) ? [lower] : [lower, `${lower}:80`];
    }),
  );
}

export interface HygieneFacts {
  readonly headers: RequestHeaders;
  /** Of an absolute-form target. */
  readonly authority: string | undefined;
  /** HTTP/1.0, which knows no Host header. */
  readonly hostOptional: boolean;
  readonly hosts: HostAllowList;
}

type Check = (facts: HygieneFacts) => RefusedOutcome | undefined;

const hostIsGivenOnce: Check = ({ headers, hostOptional }) =>
  headers.host === REPEATED || (headers.host === undefined && !hostOptional) ? "request-malformed" : undefined;

/** Something stands between the pod's program and us: an open proxy in the pod, misused from outside. EC2 refuses too. */
const isNotForwarded: Check = ({ headers }) => (headers.forwarded ? "forwarded" : undefined);

const hostIsAllowed: Check = ({ headers, authority, hosts }) => {
  const named = authority ?? headers.host;
  return typeof named === "string" && !hosts.has(named.toLowerCase()) ? "host-not-allowed" : undefined;
};

const CHECKS: readonly Check[] = [hostIsGivenOnce, isNotForwarded, hostIsAllowed];

/** The first reason to refuse a request whatever it asks for. */
export function hygieneProblem(facts: HygieneFacts): RefusedOutcome | undefined {
  for (const check of CHECKS) {
    const outcome = check(facts);
    if (outcome) return outcome;
  }
  return undefined;
}
