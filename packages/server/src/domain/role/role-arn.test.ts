import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { accountId, parseRoleArn, partition, type RoleArn, roleName } from "./role-arn.ts";

const WORD = "abcXYZ019_+=,.@-".split("");
const name = fc.string({ unit: fc.constantFrom(...WORD), minLength: 1, maxLength: 64 });
const segment = fc.string({ unit: fc.constantFrom(...WORD, "!", "~", ":", "*"), minLength: 1, maxLength: 30 });
const path = fc.array(segment, { maxLength: 5 }).map((segments) => segments.map((text) => `${text}/`).join(""));
const account = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 12, maxLength: 12 });
const anyPartition = fc.constantFrom("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc");

const detailOf = (text: string) => {
  const parsed = parseRoleArn(text);
  return parsed.kind === "malformed" ? parsed.detail : "";
};

describe("parseRoleArn", () => {
  test("takes every role of every partition, unchanged, and its parts can be read from it", () => {
    fc.assert(
      fc.property(anyPartition, account, path, name, (inPartition, inAccount, atPath, named) => {
        const text = `arn:${inPartition}:iam::${inAccount}:role/${atPath}${named}`;
        expect(parseRoleArn(text)).toEqual({ kind: "valid", value: text });
        expect(partition(text as RoleArn)).toBe(inPartition);
        expect(accountId(text as RoleArn)).toBe(inAccount);
        expect(roleName(text as RoleArn)).toBe(named);
      }),
    );
  });

  test("answers any text at all, and never longer than an Event can show", () => {
    const colons = fc.array(fc.string(), { maxLength: 9 }).map((parts) => parts.join(":"));
    const any = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      colons,
      colons.map((rest) => `arn:aws:${rest}`),
    );
    fc.assert(fc.property(any, (text) => detailOf(text).length < 900));
  });

  test.each([
    ["", "is empty"],
    ["app", "must have the form arn:"],
    ["arn:aws:iam", "must have the form arn:"],
    ["arn:", "must have the form arn:"],
    ["ARN:aws:iam::123456789012:role/app", "must have the form arn:"],
    ["arn:aws:iam::123456789012:role/my app", "character 34 is U+0020"],
    ["arn:aws:iam::123456789012:role/app\n", "character 35 is U+000A"],
    ["arn:aws:iam::123456789012:role/café", "character 35 is U+00E9"],
    ["arn:aws:s3:::bucket", 'not "s3"'],
    ["arn:aws:sts::123456789012:assumed-role/app/session", "one of its sessions"],
    ["arn:aws:iam:eu-west-1:123456789012:role/app", 'no region, but has "eu-west-1"'],
    ["arn:AWS:iam::123456789012:role/app", "partition"],
    ["arn::iam::123456789012:role/app", "partition"],
    ["arn:aws:iam::1234:role/app", 'account of 12 digits, not "1234"'],
    ["arn:aws:iam:::role/app", "account of 12 digits"],
    ["arn:aws:iam::123456789012:user/app", 'not of "user/app"'],
    ["arn:aws:iam::123456789012:role", 'not of "role"'],
    ["arn:aws:iam::123456789012:role/", "name a role after its last slash"],
    ["arn:aws:iam::123456789012:role/app/", "name a role after its last slash"],
    ["arn:aws:iam::123456789012:role//app", "no empty segment"],
    ["arn:aws:iam::123456789012:role/a*b", 'letters, digits and _+=,.@-, not "a*b"'],
    [`arn:aws:iam::123456789012:role/${"x".repeat(65)}`, "1 to 64"],
    [`arn:aws:iam::123456789012:role/${"p".repeat(511)}/app`, "path of at most 512"],
    [`arn:aws:iam::123456789012:role/${"x".repeat(2_020)}`, "at most 2048 characters"],
  ])("says what is wrong with %p: %s", (text, detail) => {
    expect(detailOf(text)).toContain(detail);
  });

  test("a path of 512 characters, its slashes included, is the longest", () => {
    expect(detailOf(`arn:aws:iam::123456789012:role/${"p".repeat(510)}/app`)).toBe("");
  });
});
