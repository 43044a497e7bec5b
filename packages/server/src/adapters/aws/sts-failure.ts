import { errorMessage } from "@rolecall/common/errors/error-message";
import type { FailedReason } from "@rolecall/common/reasons/reasons";

/**
 * STS's error codes by what helps against them.
 * Sources: the STS API reference (common errors, and those of AssumeRole), and for throttling, the transient codes and
 * those of the caller's own credentials the retry tables of the AWS SDKs. STS throttles with HTTP 400 `Throttling`, not
 * with 429. The SDK names what is modelled for AssumeRole with `Exception` at its end, whatever the code on the wire.
 */
const REASONS: Readonly<Record<string, FailedReason>> = {
  AccessDenied: "sts-access-denied",
  AccessDeniedException: "sts-access-denied",
  NoSuchEntity: "sts-access-denied",
  NoSuchEntityException: "sts-access-denied",
  RegionDisabledException: "sts-access-denied",
  OptInRequired: "sts-access-denied",
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
  RequestExpired: "sts-own-credentials",
  IncompleteSignature: "sts-own-credentials",
  MissingAuthenticationToken: "sts-own-credentials",
  CredentialsProviderError: "sts-own-credentials",
  // Of a secret key that is not the access key's; where it is about time the message says so.
  SignatureDoesNotMatch: "sts-own-credentials",
  RequestTimeTooSkewed: "sts-clock-skew",
  RequestInTheFuture: "sts-clock-skew",
  ValidationError: "sts-invalid-request",
  InvalidParameterValue: "sts-invalid-request",
  MalformedPolicyDocument: "sts-invalid-request",
  MalformedPolicyDocumentException: "sts-invalid-request",
  PackedPolicyTooLarge: "sts-invalid-request",
  PackedPolicyTooLargeException: "sts-invalid-request",
};

/** `Signature expired: …`, `Signature not yet current: …`. */
const ABOUT_TIME = /^Signature (expired|not yet current)/;
const TOO_MANY_REQUESTS = 429;

/** What a person does about each. */
const ADVICE: Readonly<Record<FailedReason, string>> = {
  "sts-access-denied":
    "let the role's trust policy name the server's role as a principal for sts:AssumeRole, and the server's role allow sts:AssumeRole on it; check the external ID",
  "sts-throttled": "the account's STS quota is used up; it is retried more slowly",
  "sts-unreachable":
    "check the server's way to the regional STS endpoint (--region, --sts-endpoint; chart values aws.region, aws.stsEndpoint)",
  "sts-own-credentials":
    "check the server's own AWS credentials: its node's instance profile (a metadata hop limit of 2, or the chart value server.hostNetwork), IRSA (server.serviceAccount.annotations) or Pod Identity",
  "sts-clock-skew": "check the server node's clock; AWS tolerates five minutes",
  "sts-invalid-request":
    "check the pod's role, session and external-id annotations and the role's maximum session duration",
};

export interface ClassifiedFailure {
  readonly reason: FailedReason;
  readonly detail: string;
}

/** @param action what was asked of STS, to begin the detail with */
export const classifyStsError = (error: unknown, action: string): ClassifiedFailure =>
  described(reasonOf(error), error, action);

/** The server has nothing to sign with, for whatever reason: what STS says of its own role is never said of the pod's. */
export const ownCredentialsFailure = (error: unknown, action: string): ClassifiedFailure =>
  described("sts-own-credentials", error, action);

function reasonOf(error: unknown): FailedReason {
  if (!(error instanceof Error)) return "sts-unreachable";
  if (error.name === "SignatureDoesNotMatch" && ABOUT_TIME.test(error.message)) return "sts-clock-skew";
  return REASONS[error.name] ?? (httpStatus(error) === TOO_MANY_REQUESTS ? "sts-throttled" : "sts-unreachable");
}

const httpStatus = (error: Error): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;

function described(reason: FailedReason, error: unknown, action: string): ClassifiedFailure {
  const name = error instanceof Error ? error.name : "";
  const said = name && name !== "Error" ? `${name}: ${errorMessage(error)}` : errorMessage(error);
  const advice = (reason === "sts-access-denied" && trustAdvice(said)) || ADVICE[reason];
  return { reason, detail: `${action}: ${said}; ${advice}` };
}

/** STS names the caller: `User: arn:aws:sts::111122223333:assumed-role/NAME/SESSION is not authorized to perform: …`. */
const CALLER =
  /\bUser: (arn:(aws[\w-]*):(?:sts::(\d+):assumed-role\/([^/\s]+)\/\S+|iam::\d+:user\/\S+)) is not authorized/;

/** The statement that the role's trust policy lacks, where STS says who asked. */
function trustAdvice(said: string): string | undefined {
  const [, caller, partition, account, role] = CALLER.exec(said) ?? [];
  if (caller === undefined) return undefined;
  // An assumed role's ARN has lost the path of the role.
  const principal = role === undefined ? caller : `arn:${partition}:iam::${account}:role/${role}`;
  const statement = { Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" };
  return `the role's trust policy needs ${JSON.stringify(statement)} (with the path of that role, where it has one), and the server's own policy sts:AssumeRole on the pod's role; an external ID must be the one the trust policy asks for`;
}
