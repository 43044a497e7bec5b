import type { SignedClaims } from "../../domain/node/signed-claims.ts";

export type VerifiedToken =
  /** The API server signed it. */
  | { readonly kind: "signed"; readonly claims: SignedClaims; readonly issuer: string }
  /** It did not: the token is no such token, or its signature is wrong. */
  | { readonly kind: "forged"; readonly detail: string }
  /** No key is known that the token says it is signed with. */
  | { readonly kind: "key-unknown"; readonly detail: string };

/** Checks tokens' signatures without asking anyone. */
export interface TokenVerifier {
  verify(token: string): Promise<VerifiedToken>;
}
