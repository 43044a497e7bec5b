import type { Standing } from "../credentials/standing.ts";
import {
  credentialsDocument,
  extendedCredentialsDocument,
  IAM_DIRECTORY_LISTING,
  iamInfoDocument,
  namesRole,
  VERSION_LISTING,
} from "./documents.ts";
import { REPEATED, type RequestHeaders } from "./request-hygiene.ts";
import { answered, type MetadataResponse, type RefusedOutcome, refused } from "./response.ts";
import { roleAccess } from "./role-access.ts";
import type { Route } from "./routes.ts";
import { hasTokenForm, parseTtlSeconds, type SessionTokens } from "./session-token.ts";
import type { TokenPolicy } from "./token-policy.ts";

/** What is to happen with a request, given what is known of its source right now. */
export type Decision =
  | { readonly kind: "answer"; readonly response: MetadataResponse }
  /** The source's standing may be about to change; `otherwise` when it does not in time. */
  | { readonly kind: "wait"; readonly otherwise: RefusedOutcome }
  | { readonly kind: "read-leaf"; readonly path: string };

/** A request that passed the hygiene checks. */
export interface AdmittedRequest {
  readonly route: Route;
  readonly headers: RequestHeaders;
}

export interface DecisionRules {
  readonly tokens: TokenPolicy;
  /** Whether what a pod's namespace says goes before `tokens`. */
  readonly tokensByNamespace: boolean;
  readonly sessionTokens: SessionTokens;
}

const answer = (response: MetadataResponse): Decision => ({ kind: "answer", response });
const refuse = (outcome: RefusedOutcome): Decision => ({ kind: "answer", response: refused(outcome) });
const wait = (otherwise: RefusedOutcome): Decision => ({ kind: "wait", otherwise });

/** Decides about a request from the standing of its source address alone; pure, so it may be asked again after a change. */
export function decide(
  { route, headers }: AdmittedRequest,
  standing: Standing,
  nowMs: number,
  rules: DecisionRules,
): Decision {
  if (route.kind === "versioned-token") return refuse("token-path-versioned");
  if (route.kind === "token") return decideToken(headers, standing, nowMs, rules.sessionTokens);
  return checkToken(route, headers, standing, nowMs, rules) ?? decideRoute(route, standing, nowMs);
}

/** Whom a token binds. The node's own processes share one owner: what they may read is no secret. */
function ownerOf(standing: Standing): string | undefined {
  switch (standing.kind) {
    case "unknown-address":
      return undefined;
    case "host":
      return "host";
    default:
      return standing.podUid;
  }
}

function decideToken(
  { tokenTtl }: RequestHeaders,
  standing: Standing,
  nowMs: number,
  sessionTokens: SessionTokens,
): Decision {
  const ttlSeconds = tokenTtl === REPEATED ? undefined : parseTtlSeconds(tokenTtl);
  if (ttlSeconds === undefined) return refuse("ttl-invalid");
  const owner = ownerOf(standing);
  if (owner === undefined) return wait("address-unknown");
  // Go's v2 SDK and Rust's aws-config take a token without this header for a failure.
  const ttlHeader = ["X-Aws-Ec2-Metadata-Token-Ttl-Seconds", String(ttlSeconds)];
  return answer(answered(sessionTokens.issue(owner, ttlSeconds, nowMs), ttlHeader));
}

function checkToken(
  route: Route,
  { token }: RequestHeaders,
  standing: Standing,
  nowMs: number,
  rules: DecisionRules,
): Decision | undefined {
  if (token === undefined) {
    // fluent-bit and others look at `/` alone to learn whether this is a metadata service; it says nothing else.
    if (route.kind === "version-list") return undefined;
    const policy = tokenPolicyFor(standing, rules);
    if (policy === undefined) return wait("token-missing");
    return policy === "optional" ? undefined : refuse("token-missing");
  }
  if (token === REPEATED) return refuse("token-invalid");
  const owner = ownerOf(standing);
  if (owner === undefined) return hasTokenForm(token) ? wait("address-unknown") : refuse("token-invalid");
  return rules.sessionTokens.isValid(token, owner, nowMs) ? undefined : refuse("token-invalid");
}

/** @returns undefined while the namespace's word may still come */
function tokenPolicyFor(standing: Standing, { tokens, tokensByNamespace }: DecisionRules): TokenPolicy | undefined {
  if (!tokensByNamespace || standing.kind === "host") return tokens;
  if (standing.kind === "unknown-address" || standing.kind === "unknown-grant") return undefined;
  return standing.namespaceTokens ?? tokens;
}

type ServedRoute = Exclude<Route, { kind: "token" | "versioned-token" }>;

function decideRoute(route: ServedRoute, standing: Standing, nowMs: number): Decision {
  switch (route.kind) {
    case "not-found":
      return refuse("path-unknown");
    case "version-list":
      return answer(answered(VERSION_LISTING));
    case "directory":
      return answer(answered(route.listing));
    case "leaf":
      return { kind: "read-leaf", path: route.path };
    case "iam-directory":
    case "iam-info":
    case "role-list":
    case "role-credentials":
      return decideRole(route, standing, nowMs);
  }
}

type RoleRoute = Extract<ServedRoute, { kind: "iam-directory" | "iam-info" | "role-list" | "role-credentials" }>;

/**
 * What depends on the pod's role. The list is answered only with credentials in hand: once a role was listed, an error on
 * its credentials aborts the whole process of a CRT client.
 */
function decideRole(route: RoleRoute, standing: Standing, nowMs: number): Decision {
  if (route.kind === "role-credentials" && "role" in standing && !namesRole(route.role, standing.role))
    return refuse("role-not-of-pod");
  const access = roleAccess(standing, nowMs);
  if (access.kind === "wait") return access;
  if (access.kind === "refused") return refuse(access.outcome);

  const { role, credentials, expirationMs } = access;
  switch (route.kind) {
    case "iam-directory":
      return answer(answered(IAM_DIRECTORY_LISTING));
    case "iam-info":
      return answer(answered(iamInfoDocument(role, credentials)));
    case "role-list":
      return answer(answered(role.name));
    case "role-credentials": {
      const body = route.extended ? extendedCredentialsDocument : credentialsDocument;
      return answer(answered(body(credentials, expirationMs)));
    }
  }
}
