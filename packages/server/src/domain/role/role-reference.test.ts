import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BaseArn, baseArnFromCallerIdentity, parseBaseArn, resolveRoleReference } from "./role-reference.ts";

const base = (text: string): BaseArn => {
  const parsed = parseBaseArn(text);
  if (parsed.kind === "malformed") throw new Error(parsed.detail);
  return parsed.value;
};
const ROOT = base("arn:aws:iam::123456789012:role/");
const arnOf = (reference: string, of: BaseArn | undefined = ROOT) => {
  const resolved = resolveRoleReference(reference, of);
  return resolved.kind === "valid" ? resolved.value : resolved.detail;
};

describe("resolveRoleReference", () => {
  test.each([
    ["app", "arn:aws:iam::123456789012:role/app"],
    ["/app", "arn:aws:iam::123456789012:role/app"],
    ["team/app", "arn:aws:iam::123456789012:role/team/app"],
    ["/team/app", "arn:aws:iam::123456789012:role/team/app"],
    ["arn:aws:iam::999999999999:role/other", "arn:aws:iam::999999999999:role/other"],
    ["arn:aws-cn:iam::123456789012:role/cn", "arn:aws-cn:iam::123456789012:role/cn"],
  ])("%s is %s", (reference, arn) => {
    expect(arnOf(reference)).toBe(arn);
  });

  test("a base with a path goes before every short reference and before no full ARN", () => {
    const teamBase = base("arn:aws-us-gov:iam::123456789012:role/team/");
    expect(arnOf("app", teamBase)).toBe("arn:aws-us-gov:iam::123456789012:role/team/app");
    expect(arnOf("/sub/app", teamBase)).toBe("arn:aws-us-gov:iam::123456789012:role/team/sub/app");
    expect(arnOf("arn:aws:iam::123456789012:role/app", teamBase)).toBe("arn:aws:iam::123456789012:role/app");
  });

  test("without a base a short reference is refused with the flag that sets one, and a full ARN is taken", () => {
    expect(resolveRoleReference("app", undefined)).toEqual({
      kind: "malformed",
      detail: expect.stringContaining("--role-base-arn"),
    });
    expect(arnOf("arn:aws:iam::123456789012:role/app", undefined)).toBe("arn:aws:iam::123456789012:role/app");
  });

  test.each([
    ["", "is empty"],
    ["my role", "character 3 is U+0020"],
    [" app", "character 1 is U+0020"],
    ["app/", "name a role after its last slash"],
    ["/", "name a role after its last slash"],
    ["//app", "no empty segment"],
    ["arn:aws:iam", "must have the form arn:"],
    ["Arn:aws:iam::123456789012:role/app", "must have the form arn:"],
    ["x".repeat(65), "1 to 64"],
    ["x".repeat(2_049), "at most 2048 characters"],
    [`${"p".repeat(600)}/app`, "path of at most 512"],
  ])("refuses %p: %s", (reference, detail) => {
    expect(arnOf(reference)).toContain(detail);
  });

  test("any text is answered, and what is valid is in the base's account or was written as a full ARN", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z/:.]+$/)), (reference) => {
        const resolved = resolveRoleReference(reference, ROOT);
        return (
          resolved.kind === "malformed" ||
          resolved.value.startsWith("arn:aws:iam::123456789012:role/") ||
          resolved.value === reference
        );
      }),
    );
  });
});

describe("parseBaseArn", () => {
  test.each([
    ["arn:aws:iam::123456789012:role/", { partition: "aws", accountId: "123456789012", path: "/" }],
    ["arn:aws:iam::123456789012:role", { partition: "aws", accountId: "123456789012", path: "/" }],
    ["arn:aws-cn:iam::123456789012:role/a/b/", { partition: "aws-cn", accountId: "123456789012", path: "/a/b/" }],
    ["arn:aws:iam::123456789012:role/a", { partition: "aws", accountId: "123456789012", path: "/a/" }],
  ])("reads %s", (text, value) => {
    expect(parseBaseArn(text)).toEqual({ kind: "valid", value });
  });

  test.each([
    "",
    "app",
    "arn:aws:s3:::bucket",
    "arn:aws:iam::123456789012:user/",
    "arn:aws:iam:eu-west-1:123456789012:role/",
    "arn:aws:iam::1234:role/",
    "arn:aws:iam::123456789012:role//",
    "arn:aws:iam::123456789012:roles/",
    `arn:aws:iam::123456789012:role/${"p".repeat(511)}`,
  ])("refuses %p", (text) => {
    expect(parseBaseArn(text)).toEqual({ kind: "malformed", detail: expect.stringMatching(/^must /) });
  });
});

describe("baseArnFromCallerIdentity", () => {
  test.each([
    "arn:aws-cn:sts::123456789012:assumed-role/servers/i-0123456789abcdef0",
    "arn:aws-cn:iam::123456789012:role/team/servers",
    "arn:aws-cn:iam::123456789012:user/someone",
    "arn:aws-cn:iam::123456789012:root",
    "arn:aws-cn:sts::123456789012:federated-user/someone",
  ])("takes partition and account from %s", (arn) => {
    expect(baseArnFromCallerIdentity(arn)).toEqual({ partition: "aws-cn", accountId: "123456789012", path: "/" });
  });

  test.each(["", "arn:aws:iam", "arn:aws:iam::1234:root", "arn:aws:s3:::bucket", "urn:aws:iam::123456789012:root"])(
    "knows nothing from %p",
    (arn) => {
      expect(baseArnFromCallerIdentity(arn)).toBeUndefined();
    },
  );
});
