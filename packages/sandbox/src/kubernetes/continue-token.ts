import { ApiError, badRequest } from "./status.ts";

/** Where a list goes on. */
export interface ContinueToken {
  /** The state that is being listed; -1 for whatever is there now. */
  readonly resourceVersion: number;
  /** The key after which the page begins. */
  readonly after: string;
}

export const encodeContinue = ({ resourceVersion, after }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: resourceVersion, start: `${after}\0` })).toString("base64url");

/** @throws ApiError 400 when the token is none of ours */
export function decodeContinue(token: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (v === "meta.k8s.io/v1" && Number.isInteger(rv) && typeof start === "string") {
      return { resourceVersion: rv, after: start.slice(0, -1) };
    }
  } catch {
    // Refused below, like a token of the wrong shape.
  }
  throw new ApiError(badRequest("invalid continue token: continue key is not valid"));
}
