import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { issueToken, parseToken, parseTtlSeconds, type TokenMacs, tokenIsValid } from "./session-token.ts";

/** Stands for an HMAC: no two messages of a test give the same text. */
const fakeMac = (key: string, message: string) => Buffer.from(`${key}|${message}`).toString("base64url").slice(-43);
const macs: TokenMacs = {
  sign: (message) => ({ keyId: "current", mac: fakeMac("current", message) }),
  verify: (keyId, message, mac) => keyId === "current" && mac === fakeMac(keyId, message),
};
const NOW_MS = 1_800_000_000_000;
const token = issueToken(macs, "pod-uid", 60, NOW_MS);

function isValid(text: string, owner: string, nowMs: number, under = macs): boolean {
  const claimed = parseToken(text);
  return claimed !== undefined && tokenIsValid(under, claimed, owner, nowMs);
}

test("is good for its owner until it expires, and not a millisecond longer", () => {
  expect(isValid(token, "pod-uid", NOW_MS)).toBe(true);
  expect(isValid(token, "pod-uid", NOW_MS + 59_999)).toBe(true);
  expect(isValid(token, "pod-uid", NOW_MS + 60_000)).toBe(false);
});

test("is worth nothing to another pod", () => {
  expect(isValid(token, "pod-uid-2", NOW_MS)).toBe(false);
});

test("is worth nothing under another key", () => {
  expect(isValid(token, "pod-uid", NOW_MS, { ...macs, verify: () => false })).toBe(false);
});

test("is safe in a header and short", () => {
  expect(token).toMatch(/^[A-Za-z0-9._-]{40,75}$/);
  expect(parseToken(token)).toBeDefined();
});

test("no change of a character leaves it valid", () => {
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.integer({ min: 0x20, max: 0x7e }), (index, code) => {
      const changed = token.slice(0, index) + String.fromCharCode(code) + token.slice(index + 1);
      expect(isValid(changed, "pod-uid", NOW_MS)).toBe(changed === token);
    }),
  );
});

test.each([
  ["cut short", token.slice(0, -1)],
  ["grown", `${token}A`],
  ["empty", ""],
  ["EC2's", "AQAEANZr5uN3VWVYQ0GXN2wEIxI8A3Cv3JfOa1b0y5w8Jm2lG5Y7ZA=="],
  ["two in one header", `${token}, ${token}`],
  ["of 10 kB", "A".repeat(10_000)],
  ["with a newline", `${token}\n`],
])("a token that is %s is invalid", (_what, text) => {
  expect(isValid(text, "pod-uid", NOW_MS)).toBe(false);
  expect(parseToken(text)).toBeUndefined();
});

describe("parseTtlSeconds", () => {
  test.each([
    ["1", 1],
    ["60", 60],
    ["21600", 21_600],
  ])("%s is taken", (text, seconds) => {
    expect(parseTtlSeconds(text)).toBe(seconds);
  });

  test.each(["0", "21601", "-1", "abc", "1.5", "", "+60", "0x10", "6e1", " 60", "60 ", "60, 60", "99999999999", "٦٠"])(
    "%j is refused",
    (text) => {
      expect(parseTtlSeconds(text)).toBeUndefined();
    },
  );

  test("a missing one is refused", () => {
    expect(parseTtlSeconds(undefined)).toBeUndefined();
  });
});
