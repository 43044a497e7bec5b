import { describe, expect, test } from "@jest/globals";
import { hostAllowList, hygieneProblem, REPEATED, readHeaders } from "./request-hygiene.ts";

const problemOf = (raw: string[], rest: { authority?: string; hostOptional?: boolean } = {}) =>
  hygieneProblem({
    headers: readHeaders(raw),
    authority: rest.authority,
    hostOptional: rest.hostOptional ?? false,
    hosts: hostAllowList(["127.0.0.1:9610", "metadata.test"]),
  });

describe("readHeaders", () => {
  test("names are read without case", () => {
    expect(
      readHeaders(["HOST", "a", "X-aws-EC2-metadata-TOKEN", "t", "x-aws-ec2-metadata-token-ttl-seconds", "60"]),
    ).toEqual({ host: "a", token: "t", tokenTtl: "60", forwarded: false });
  });

  test("a header given twice is neither of its values", () => {
    const twice = (name: string) => [name, "a", name, "a"];
    expect(readHeaders(twice("Host")).host).toBe(REPEATED);
    expect(readHeaders(twice("X-aws-ec2-metadata-token")).token).toBe(REPEATED);
    expect(readHeaders(twice("X-aws-ec2-metadata-token-ttl-seconds")).tokenTtl).toBe(REPEATED);
  });
});

describe("the Host header", () => {
  test.each([
    "169.254.169.254",
    "169.254.169.254:80",
    "[fd00:ec2::254]",
    "[FD00:EC2::254]:80",
    "127.0.0.1:9610",
    "metadata.test:80",
  ])("%s is one of ours", (host) => {
    expect(problemOf(["Host", host])).toBeUndefined();
  });

  test.each([
    "",
    "evil.example",
    "169.254.169.254:8080",
    "169.254.169.254.",
    "a@169.254.169.254",
    "127.0.0.1",
    "fd00:ec2::254",
  ])("%j is refused", (host) => {
    expect(problemOf(["Host", host])).toBe("host-not-allowed");
  });

  test("missing is malformed, but for HTTP/1.0", () => {
    expect(problemOf([])).toBe("request-malformed");
    expect(problemOf([], { hostOptional: true })).toBeUndefined();
  });

  test("given twice is malformed, whatever the version", () => {
    const twice = ["Host", "169.254.169.254", "host", "169.254.169.254"];
    expect(problemOf(twice)).toBe("request-malformed");
    expect(problemOf(twice, { hostOptional: true })).toBe("request-malformed");
  });

  test("gives way to the authority of an absolute-form target", () => {
    expect(problemOf(["Host", "169.254.169.254"], { authority: "evil.example" })).toBe("host-not-allowed");
    expect(problemOf(["Host", "proxy.example"], { authority: "169.254.169.254" })).toBeUndefined();
  });
});

test.each(["10.0.0.1", ""])("X-Forwarded-For: %j is refused by being there", (value) => {
  expect(problemOf(["Host", "169.254.169.254", "X-Forwarded-For", value])).toBe("forwarded");
});
