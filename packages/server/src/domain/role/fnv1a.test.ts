import { expect, test } from "@jest/globals";
import { fnv1a } from "./fnv1a.ts";

test.each([
  ["", "cbf29ce484222325"],
  ["a", "af63dc4c8601ec8c"],
  ["foobar", "85944171f73967e8"],
])("hashes %p to the published value %s", (text, hex) => {
  expect(fnv1a(text)).toBe(BigInt(`0x${hex}`).toString(36).padStart(13, "0"));
});
