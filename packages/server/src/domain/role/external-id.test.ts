import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseExternalId } from "./external-id.ts";

test.each(["ab", "arn:aws:x/y", "a+b=c,d.e@f:g/h-i_J9", "x".repeat(1_224)])("takes %p", (text) => {
  expect(parseExternalId(text)).toEqual({ kind: "valid", value: text });
});

test.each(["", "a", "x".repeat(1_225), "a b", "a\n", "a#b"])("refuses %p", (text) => {
  expect(parseExternalId(text).kind).toBe("malformed");
});

test("the detail is the same whatever the bad value, so it can never leak", () => {
  const details = new Set<string>();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const parsed = parseExternalId(text);
      if (parsed.kind === "malformed") details.add(parsed.detail);
    }),
  );
  expect(details.size).toBe(1);
});
