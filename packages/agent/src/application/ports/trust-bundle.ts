/** What this node knows of the servers' authorities now. */
type TrustBundle =
  | { readonly kind: "usable"; readonly pem: string }
  | { readonly kind: "unusable"; readonly problem: string };

export type ReadTrustBundle = () => Promise<TrustBundle>;
