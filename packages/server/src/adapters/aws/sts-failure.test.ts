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

describe("the fix of a refusal", () => {
  const refusal = (caller: string) =>
    classifyStsError(
      sdkError(
        "AccessDenied",
        `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/app`,
      ),
      "AssumeRole arn:aws:iam::1:role/app",
    ).detail;

  test.each([
    ["arn:aws:sts::111122223333:assumed-role/rolecall-server/i-0abc", "arn:aws:iam::111122223333:role/rolecall-server"],
    ["arn:aws-cn:sts::111122223333:assumed-role/server/i-0abc", "arn:aws-cn:iam::111122223333:role/server"],
    ["arn:aws:iam::111122223333:user/dev/ada", "arn:aws:iam::111122223333:user/dev/ada"],
  ])("is the statement that the trust policy lacks for %s", (caller, principal) => {
    expect(refusal(caller)).toContain(
      `needs {"Effect":"Allow","Principal":{"AWS":"${principal}"},"Action":"sts:AssumeRole"}`,
    );
  });

  test("is general where STS does not say who asked", () => {
    expect(classifyStsError(sdkError("AccessDenied", "Access denied"), "AssumeRole x").detail).toContain(
      "let the role's trust policy name the server's role",
    );
  });
});
