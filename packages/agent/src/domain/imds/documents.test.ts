import { describe, expect, test } from "@jest/globals";
import { credentialsUntil, HOUR_MS } from "../../../test/support/makers.ts";
import {
  credentialsDocument,
  extendedCredentialsDocument,
  handedOutExpirationMs,
  iamInfoDocument,
  namesRole,
  timestamp,
} from "./documents.ts";

const END_MS = Date.parse("2026-01-01T12:00:00Z");
const MINUTE_MS = 60_000;
const credentials = credentialsUntil(END_MS);
const web = { name: "web", arn: "arn:aws-cn:iam::123456789012:role/team/web" };

describe("the expiration that is handed out", () => {
  test("is five minutes early", () => {
    expect(handedOutExpirationMs(credentials, END_MS - HOUR_MS)).toBe(END_MS - 5 * MINUTE_MS);
  });

  test("is the true one in the last five minutes, so that it is never past", () => {
    expect(handedOutExpirationMs(credentials, END_MS - 5 * MINUTE_MS - 1)).toBe(END_MS - 5 * MINUTE_MS);
    expect(handedOutExpirationMs(credentials, END_MS - 5 * MINUTE_MS)).toBe(END_MS);
    expect(handedOutExpirationMs(credentials, END_MS - 1)).toBe(END_MS);
  });

  test("is none once they have ended", () => {
    expect(handedOutExpirationMs(credentials, END_MS)).toBeUndefined();
  });

  test("is a whole second, never later than the true one", () => {
    expect(handedOutExpirationMs(credentialsUntil(END_MS + 999), END_MS - HOUR_MS)).toBe(END_MS - 5 * MINUTE_MS);
    expect(handedOutExpirationMs(credentialsUntil(END_MS + 999), END_MS)).toBeUndefined();
  });
});

test("timestamps are whole seconds of UTC, ending in Z", () => {
  expect(timestamp(END_MS + 482)).toBe("2026-01-01T12:00:00Z");
});

test("the credentials are written as EC2 writes them", () => {
  expect(credentialsDocument(credentials, END_MS - 5 * MINUTE_MS)).toBe(`{
  "Code" : "Success",
  "LastUpdated" : "2026-01-01T11:00:00Z",
  "Type" : "AWS-HMAC",
  "AccessKeyId" : "ASIAEXAMPLE",
  "SecretAccessKey" : "made-up",
  "Token" : "made-up",
  "Expiration" : "2026-01-01T11:55:00Z"
}`);
});

test("the same credentials get another body when another expiration is handed out", () => {
  expect(credentialsDocument(credentials, END_MS - 5 * MINUTE_MS)).toContain("11:55:00Z");
  expect(credentialsDocument(credentials, END_MS)).toContain("12:00:00Z");
});

test("the extended body is the same with the account", () => {
  const { AccountId, ...rest } = JSON.parse(extendedCredentialsDocument(credentials, END_MS));
  expect(AccountId).toBe("123456789012");
  expect(rest).toEqual(JSON.parse(credentialsDocument(credentials, END_MS)));
});

test("what is not ASCII is escaped, since bodies are one character a byte", () => {
  const odd = { ...credentials, sessionToken: '"é→\\' };
  const body = credentialsDocument(odd, END_MS);
  expect(body).toMatch(/^[\n\x20-\x7e]*$/);
  expect(JSON.parse(body).Token).toBe('"é→\\');
});

test("iam/info names the pod's role and its account and partition", () => {
  expect(JSON.parse(iamInfoDocument(web, credentials))).toEqual({
    Code: "Success",
    LastUpdated: "2026-01-01T11:00:00Z",
    InstanceProfileArn: "arn:aws-cn:iam::123456789012:instance-profile/web",
    InstanceProfileId: expect.stringMatching(/^AIPA[A-Z0-9]{17}$/),
  });
});

describe("a role is named", () => {
  test.each(["web", "team/web", web.arn])("by %s", (name) => {
    expect(namesRole(name, web)).toBe(true);
  });

  test.each([
    "WEB",
    "webx",
    "we",
    "web ",
    "eb",
    "other/web",
    "node-role",
    "",
    "arn:aws:iam::123456789012:role/team/web",
  ])("but not by %j", (name) => {
    expect(namesRole(name, web)).toBe(false);
  });
});
