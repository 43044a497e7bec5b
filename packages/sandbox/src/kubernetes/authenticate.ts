import type { IncomingMessage } from "node:http";
import { ApiError, type Attempt, failure, forbidden } from "./status.ts";
import { API_AUDIENCE, type Tokens } from "./tokens.ts";

/**
 * @returns the user's name
 * @throws ApiError 401 for a token that is unknown or for another audience, 403 for none: nobody is `system:anonymous`
 */
export function authenticate(tokens: Tokens, request: IncomingMessage, attempt: Attempt): string {
  const { authorization } = request.headers;
  if (authorization === undefined) throw new ApiError(forbidden("system:anonymous", attempt));
  const token = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? "";
  const reviewed = tokens.review(token, [API_AUDIENCE]);
  if (reviewed.kind === "refused") throw new ApiError(failure(401, "Unauthorized"));
  return reviewed.identity.username;
}
