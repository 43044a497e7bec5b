import { describe, expect, test } from "@jest/globals";
import { classifyStsError } from "./sts-failure.ts";

const sdkError = (name: string, message = "said by AWS") => Object.assign(new Error(message), { name });

describe("an STS error's reason", () => {
  test.each([
    ["AccessDenied", "sts-access-denied"],
    ["Throttling", "sts-throttled"],
    ["ExpiredToken", "sts-own-credentials"],
    ["CredentialsProviderError", "sts-own-credentials"],
    ["RequestExpired", "sts-clock-skew"],
    ["ValidationError", "sts-invalid-request"],
    ["TimeoutError", "sts-unreachable"],
    ["InternalFailure", "sts-unreachable"],
  ])("of %s is %s", (name, reason) => {
    expect(classifyStsError(sdkError(name), "AssumeRole x").reason).toBe(reason);
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
