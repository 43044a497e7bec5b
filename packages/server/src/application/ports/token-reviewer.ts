import type { ReviewedToken } from "../../domain/node/attestation.ts";

export interface TokenReviewer {
  /** @throws when the API server cannot be asked */
  review(token: string, audience: string): Promise<ReviewedToken>;
}
