import type { ReviewedToken } from "../../domain/node/attestation.ts";

export type Review =
  | { readonly kind: "reviewed"; readonly token: ReviewedToken }
  /** The API server could not be asked, or did not answer. */
  | { readonly kind: "no-answer"; readonly cause: unknown };

export interface TokenReviewer {
  /** @throws when the API server answered, and not what the token is */
  review(token: string, audience: string): Promise<Review>;
}
