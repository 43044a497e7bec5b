import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasTokenForm, parseTtlSeconds, SessionTokens, type TokenMacs } from "./session-token.ts";

/** Stands for an HMAC: no two messages of a test give the same text. */
const fakeMac = (key: string, message: string) => Buffer.from(`${key}|${message}`).toString("base64url").slice(-43);
const macs: TokenMacs = {
  sign: (message) => ({ keyId: "current", mac: fakeMac("current", message) }),
  verify: (keyId, message, mac) => keyId === "current" && mac === fakeMac(keyId, message),
  holds: (keyId) => keyId === "current",
};
const NOW_MS = 1_800_000_000_000;
const token = new SessionTokens(macs).issue("pod-uid", 60, NOW_MS);

/** Of those that have seen the token and of those that have not, since it is remembered once it was found valid. */
const CHECKS = [
  ["at its first use", new SessionTokens(macs)],
  ["once it was used", used(new SessionTokens(macs))],
] as const;

function used(tokens: SessionTokens): SessionTokens {
  tokens.isValid(token, "pod-uid", NOW_MS);
  return tokens;
}

describe.each(CHECKS)("a token, %s,", (_when, tokens) => {
  test("is good for its owner until it expires, and not a millisecond longer", () => {
    expect(tokens.isValid(token, "pod-uid", NOW_MS)).toBe(true);
    expect(tokens.isValid(token, "pod-uid", NOW_MS + 59_999)).toBe(true);
    expect(tokens.isValid(token, "pod-uid", NOW_MS + 60_000)).toBe(false);
  });

  test("is worth nothing to another pod", () => {
    expect(tokens.isValid(token, "pod-uid-2", NOW_MS)).toBe(false);
  });

  test("does not stay valid with a character changed", () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.integer({ min: 0x20, max: 0x7e }), (index, code) => {
        const changed = token.slice(0, index) + String.fromCharCode(code) + token.slice(index + 1);
        expect(tokens.isValid(changed, "pod-uid", NOW_MS)).toBe(changed === token);
      }),
    );
  });
});

test("a token that another pod was refused is still its owner's", () => {
  const tokens = new SessionTokens(macs);
  expect(tokens.isValid(token, "pod-uid-2", NOW_MS)).toBe(false);
  expect(tokens.isValid(token, "pod-uid", NOW_MS)).toBe(true);
});

test("a token ends with its key, however often it was used", () => {
  let held = "current";
  const tokens = used(new SessionTokens({ ...macs, holds: (keyId) => keyId === held }));
  expect(tokens.isValid(token, "pod-uid", NOW_MS)).toBe(true);
  held = "next";
  expect(tokens.isValid(token, "pod-uid", NOW_MS)).toBe(false);
});

test("more tokens than are remembered are all valid, and their number bounds the memory", () => {
  let proofs = 0;
  const counting: TokenMacs = {
    ...macs,
    verify(...claim) {
      proofs += 1;
      return macs.verify(...claim);
    },
  };
  const tokens = new SessionTokens(counting);
  const issued = Array.from({ length: 2_000 }, (_, index) => tokens.issue(`pod-${index}`, 60, NOW_MS));
  const areValid = () => issued.every((each, index) => tokens.isValid(each, `pod-${index}`, NOW_MS));
  expect([areValid(), areValid()]).toEqual([true, true]);
  expect(proofs).toBeGreaterThan(issued.length);
});

test("a token is safe in a header and short", () => {
  expect(token).toMatch(/^[A-Za-z0-9._-]{40,75}$/);
  expect(hasTokenForm(token)).toBe(true);
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
  expect(new SessionTokens(macs).isValid(text, "pod-uid", NOW_MS)).toBe(false);
  expect(hasTokenForm(text)).toBe(false);
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
