import type { Credentials } from "../credentials/credentials.ts";
import type { Standing } from "../credentials/standing.ts";
import { timestamp } from "./documents.ts";
import { type HeaderValue, REPEATED } from "./request-hygiene.ts";
import { answered, type MetadataResponse, type RefusedOutcome, refused } from "./response.ts";
import { roleAccess } from "./role-access.ts";

/**
 * Where clients find container credentials, which they look for before the metadata service, when
 * `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set. They take plain HTTP from this address, from EKS Pod Identity's own
 * (169.254.170.23) and from loopback alone, never from 169.254.169.254.
 */
export const CONTAINER_HOSTS = ["169.254.170.2"] as const;

const JSON_TYPE = { contentType: "application/json" } as const;

/** Go decodes errors only from exactly `application/json`; the code is our outcome, which the client logs. */
export function containerRefusal(outcome: RefusedOutcome): MetadataResponse {
  const body = JSON.stringify({ code: outcome, message: outcome.replaceAll("-", " ") });
  return { ...refused(outcome), ...JSON_TYPE, body };
}

export type ContainerDecision =
  | { readonly kind: "answer"; readonly response: MetadataResponse }
  | { readonly kind: "wait"; readonly otherwise: RefusedOutcome };

const refuse = (outcome: RefusedOutcome): ContainerDecision => ({
  kind: "answer",
  response: containerRefusal(outcome),
});

/** Decides about a request for container credentials that passed the hygiene checks. */
export function decideContainerCredentials(
  authorization: HeaderValue,
  standing: Standing,
  nowMs: number,
): ContainerDecision {
  if (authorization === undefined) return refuse("authorization-missing");
  const bearerUid = authorization === REPEATED ? undefined : podUidOf(authorization);
  if (bearerUid === undefined) return refuse("authorization-invalid");
  if ("podUid" in standing && bearerUid !== standing.podUid) return refuse("authorization-invalid");
  const access = roleAccess(standing, nowMs);
  if (access.kind === "wait") return access;
  if (access.kind === "refused") return refuse(access.outcome);
  const response = { ...answered(document(access.credentials, access.expirationMs)), ...JSON_TYPE };
  return { kind: "answer", response };
}

const document = (credentials: Credentials, expirationMs: number): string =>
  JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: timestamp(expirationMs),
    AccountId: credentials.accountId,
  });

/**
 * The pod that a projected ServiceAccount token was made for. The signature is not checked: who asks is known by the
 * address, and the token shows only that the caller reads files and sets headers, which a forged request (SSRF) cannot.
 */
function podUidOf(jwt: string): string | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(jwt)?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const uid: unknown = claims?.["kubernetes.io"]?.pod?.uid;
    return typeof uid === "string" ? uid : undefined;
  } catch {
    return undefined;
  }
}
