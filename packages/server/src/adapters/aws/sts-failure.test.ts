import { describe, expect, test } from "@jest/globals";
import { classifyStsError } from "./sts-failure.ts";

const sdkError = (name: string, message = "said by AWS") => Object.assign(new Error(message), { name });

describe("an STS error's reason", () => {
  test.each([
    ["AccessDenied", "sts-access-denied"],
    ["Throttling", "sts-throttled"],
    ["ExpiredToken", "sts-own-credentials"],
    ["CredentialsProviderError", "sts-own-credentials"],
    ["RequestExpired", "sts-own-credentials"],
    ["RequestTimeTooSkewed", "sts-clock-skew"],
    ["NoSuchEntity", "sts-access-denied"],
    ["ValidationError", "sts-invalid-request"],
    ["TimeoutError", "sts-unreachable"],
    ["InternalFailure", "sts-unreachable"],
  ])("of %s is %s", (name, reason) => {
    expect(classifyStsError(sdkError(name), "AssumeRole x").reason).toBe(reason);
  });

  test.each([
    ["Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z", "sts-clock-skew"],
    ["Signature not yet current: 20260101T001000Z is still later than 20260101T000500Z", "sts-clock-skew"],
    ["The request signature we calculated does not match the signature you provided.", "sts-own-credentials"],
  ])("of a signature is about time only where STS says so: %s", (message, reason) => {
    expect(classifyStsError(sdkError("SignatureDoesNotMatch", message), "AssumeRole x").reason).toBe(reason);
  });

  test("of HTTP 429 is throttling, whatever its code", () => {
    const error = Object.assign(sdkError("ProxySays"), { $metadata: { httpStatusCode: 429 } });
    expect(classifyStsError(error, "AssumeRole x").reason).toBe("sts-throttled");
  });

  test("of what is no error of STS at all is that it cannot be reached", () => {
    expect(classifyStsError("socket hang up", "AssumeRole x").reason).toBe("sts-unreachable");
  });
});

test("the detail says what was asked, what AWS answered and what to change", () => {
  expect(
    classifyStsError(sdkError("AccessDenied", "User is not authorized"), "AssumeRole arn:aws:iam::1:role/app").detail,
  ).toMatch(/^AssumeRole arn:aws:iam::1:role\/app: AccessDenied: User is not authorized; let the role's trust policy/);
});
