import { errorMessage } from "@rolecall/common/errors/error-message";
import type { FailedReason } from "@rolecall/common/reasons/reasons";

/**
 * STS's error codes by what helps against them.
 * Sources: the STS API reference (common errors), and for throttling and the transient codes the retry tables of the AWS
 * SDKs. STS throttles with HTTP 400 `Throttling`, not with 429.
 */
const REASONS: Readonly<Record<string, FailedReason>> = {
  AccessDenied: "sts-access-denied",
  AccessDeniedException: "sts-access-denied",
  RegionDisabledException: "sts-access-denied",
  Throttling: "sts-throttled",
  ThrottlingException: "sts-throttled",
  ThrottledException: "sts-throttled",
  RequestThrottled: "sts-throttled",
  RequestThrottledException: "sts-throttled",
  TooManyRequestsException: "sts-throttled",
  RequestLimitExceeded: "sts-throttled",
  SlowDown: "sts-throttled",
  ExpiredToken: "sts-own-credentials",
  ExpiredTokenException: "sts-own-credentials",
  InvalidClientTokenId: "sts-own-credentials",
  UnrecognizedClientException: "sts-own-credentials",
  CredentialsProviderError: "sts-own-credentials",
  SignatureDoesNotMatch: "sts-clock-skew",
  RequestExpired: "sts-clock-skew",
  RequestTimeTooSkewed: "sts-clock-skew",
  RequestInTheFuture: "sts-clock-skew",
  ValidationError: "sts-invalid-request",
  MalformedPolicyDocument: "sts-invalid-request",
  PackedPolicyTooLarge: "sts-invalid-request",
};

/** What a person does about each. */
const ADVICE: Readonly<Record<FailedReason, string>> = {
  "sts-access-denied":
    "let the role's trust policy name the server's role as a principal for sts:AssumeRole, and the server's role allow sts:AssumeRole on it; check the external ID",
  "sts-throttled": "the account's STS quota is used up; it is retried more slowly",
  "sts-unreachable": "check the server's way to the regional STS endpoint (--region, --sts-endpoint)",
  "sts-own-credentials": "check the server's own AWS credentials: its node's instance profile, IRSA or Pod Identity",
  "sts-clock-skew": "check the server node's clock; AWS tolerates five minutes",
  "sts-invalid-request":
    "check the pod's role, session and external-id annotations and the role's maximum session duration",
};

export interface ClassifiedFailure {
  readonly reason: FailedReason;
  readonly detail: string;
}

/** @param action what was asked of STS, to begin the detail with */
export function classifyStsError(error: unknown, action: string): ClassifiedFailure {
  const name = error instanceof Error ? error.name : "";
  const reason = REASONS[name] ?? "sts-unreachable";
  const said = name && name !== "Error" ? `${name}: ${errorMessage(error)}` : errorMessage(error);
  return { reason, detail: `${action}: ${said}; ${ADVICE[reason]}` };
}
