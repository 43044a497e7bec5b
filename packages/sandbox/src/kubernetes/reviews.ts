import type { Access } from "./access.ts";
import type { ObjectDraft } from "./admission.ts";
import { ApiError, badRequest } from "./status.ts";
import { API_AUDIENCE, type Tokens } from "./tokens.ts";

/** Resources that are asked and not kept: a review goes in, the same review with its verdict comes out. */
export const REVIEWS = {
  tokenreviews: { group: "authentication.k8s.io", kind: "TokenReview" },
  selfsubjectaccessreviews: { group: "authorization.k8s.io", kind: "SelfSubjectAccessReview" },
} as const;
export type ReviewName = keyof typeof REVIEWS;

export const isReview = (plural: string): plural is ReviewName => plural in REVIEWS;

/** @throws ApiError 400 for a review without its question */
export function answerReview(name: ReviewName, draft: ObjectDraft, judges: { tokens: Tokens; access: Access }): object {
  const { group, kind } = REVIEWS[name];
  const status =
    name === "tokenreviews" ? tokenStatus(draft["spec"], judges.tokens) : accessStatus(draft["spec"], judges.access);
  return { kind, apiVersion: `${group}/v1`, metadata: {}, spec: draft["spec"], status };
}

function tokenStatus(spec: unknown, tokens: Tokens): object {
  const { token, audiences = [] } = (spec ?? {}) as { token?: string; audiences?: readonly string[] };
  if (!token) throw new ApiError(badRequest("token is required for TokenReview in authentication"));
  const reviewed = tokens.review(token, audiences.length > 0 ? audiences : [API_AUDIENCE]);
  if (reviewed.kind === "refused") return { user: {}, error: reviewed.error };
  const { audiences: _audiences, expiresAtMs: _expiresAtMs, ...user } = reviewed.identity;
  return { authenticated: true, user, audiences: reviewed.audiences };
}

function accessStatus(spec: unknown, access: Access): object {
  const { resourceAttributes, nonResourceAttributes } = (spec ?? {}) as {
    resourceAttributes?: Readonly<Record<string, string>>;
    nonResourceAttributes?: Readonly<Record<string, string>>;
  };
  if (nonResourceAttributes) {
    const { verb = "", path = "" } = nonResourceAttributes;
    return { allowed: access.allows({ verb, group: "", resource: path }) };
  }
  if (!resourceAttributes) throw new ApiError(badRequest("spec.resourceAttributes is required here"));
  const { verb = "", group = "", resource = "", namespace = "" } = resourceAttributes;
  return { allowed: access.allows({ verb, group, resource, namespace }) };
}
