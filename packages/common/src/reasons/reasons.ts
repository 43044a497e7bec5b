/**
 * Why a pod gets no credentials. These words stand in Events, metric labels, log fields and on the wire, and each of this
 * file has a section in docs/troubleshooting.md.
 */
export const DENIED_REASONS = [
  "role-reference-malformed",
  "session-name-malformed",
  "external-id-malformed",
  "session-duration-malformed",
  "namespace-policy-missing",
  "namespace-policy-malformed",
  "role-not-permitted",
  "host-network",
] as const;
export type DeniedReason = (typeof DENIED_REASONS)[number];

/** Why an assumption yielded no credentials. */
export const FAILED_REASONS = [
  "sts-access-denied",
  "sts-throttled",
  "sts-unreachable",
  "sts-own-credentials",
  "sts-clock-skew",
  "sts-invalid-request",
] as const;
export type FailedReason = (typeof FAILED_REASONS)[number];

/** What is wrong with a node, its agent or a server, whichever pods suffer from it. */
export const TROUBLE_REASONS = ["agent-missing", "certificate-expired", "rules-drifted", "rights-missing"] as const;
export type TroubleReason = (typeof TROUBLE_REASONS)[number];
