import { createHmac } from "node:crypto";
import { expect, test } from "@jest/globals";
import { KeyRing } from "./key-ring.ts";

const aKey = (id: string, byte: number) => ({ id, createdAtMs: 0, secret: Buffer.alloc(32, byte) });

test("a MAC is HMAC-SHA256 in base64url", () => {
  const expected = createHmac("sha256", Buffer.alloc(32, 1)).update("message").digest("base64url");
  expect(new KeyRing(aKey("one", 1)).sign("message")).toEqual({ keyId: "one", mac: expected });
});

test("the key before the current one is still checked, and the one before that is not", () => {
  const ring = new KeyRing(aKey("one", 1));
  const { keyId, mac } = ring.sign("message");
  ring.advance(aKey("two", 2));
  expect(ring.sign("message").keyId).toBe("two");
  expect([ring.verify(keyId, "message", mac), ring.holds(keyId)]).toEqual([true, true]);
  ring.advance(aKey("three", 3));
  expect([ring.verify(keyId, "message", mac), ring.holds(keyId)]).toEqual([false, false]);
  expect(ring.keys.map(({ id }) => id)).toEqual(["three", "two"]);
});

test.each([
  ["another message", "one", "massage", undefined],
  ["another key's name", "two", "message", undefined],
  ["a shorter MAC", "one", "message", "abc"],
  ["a MAC of other bytes", "one", "message", "é".repeat(43)],
])("%s is refused", (_what, keyId, message, mac) => {
  const ring = new KeyRing(aKey("one", 1), aKey("old", 2));
  expect(ring.verify(keyId, message, mac ?? ring.sign("message").mac)).toBe(false);
});
