/** Errors of STS with the HTTP status and the words that go with them. */
export const STS_ERRORS = {
  AccessDenied: { status: 403, message: "Access denied" },
  ExpiredToken: { status: 403, message: "The security token included in the request is expired" },
  IncompleteSignature: { status: 400, message: "The request signature does not conform to AWS standards." },
  InternalFailure: { status: 500, message: "The request processing has failed because of an unknown error." },
  InvalidAction: { status: 400, message: "Could not find operation" },
  InvalidClientTokenId: { status: 403, message: "The security token included in the request is invalid." },
  InvalidParameterValue: { status: 400, message: "Invalid parameter value" },
  MalformedPolicyDocument: { status: 400, message: "Syntax errors in policy." },
  MissingAuthenticationToken: { status: 403, message: "Request is missing Authentication Token" },
  PackedPolicyTooLarge: { status: 400, message: "Packed size of session tags consumes 101% of allotted space." },
  RegionDisabledException: { status: 403, message: "STS is not activated in this region for account." },
  ServiceUnavailable: { status: 503, message: "The request has failed due to a temporary failure of the server." },
  SignatureDoesNotMatch: {
    status: 403,
    message: "The request signature we calculated does not match the signature you provided.",
  },
  // 400, not 429: that is how STS throttles.
  Throttling: { status: 400, message: "Rate exceeded" },
  ValidationError: { status: 400, message: "Validation error" },
} as const;

export type StsErrorCode = keyof typeof STS_ERRORS;

/** Ends a request with an error document. */
export class StsError extends Error {
  override readonly name = "StsError";
  readonly code: StsErrorCode;

  constructor(code: StsErrorCode, message: string = STS_ERRORS[code].message) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return STS_ERRORS[this.code].status;
  }

  /** Whose fault it is. */
  get type(): "Sender" | "Receiver" {
    return this.status >= 500 ? "Receiver" : "Sender";
  }
}
