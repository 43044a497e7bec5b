import { isIP } from "node:net";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalAddress, isLocalOnly } from "./ip-address.ts";

describe("canonicalAddress", () => {
  test.each([
    ["10.0.1.5", "10.0.1.5"],
    ["::ffff:10.0.1.5", "10.0.1.5"],
    ["::FFFF:0a00:0105", "10.0.1.5"],
    ["2600:1F14:0000:0000:0000:0000:0000:0005", "2600:1f14::5"],
    ["2600:1f14:0:0:1:0:0:5", "2600:1f14::1:0:0:5"],
    ["2600:0:1:2:3:4:5:6", "2600:0:1:2:3:4:5:6"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each([
    "",
    "10.0.1",
    "10.0.1.256",
    "10.0.1.05",
    "10.0.1.5/32",
    "fe80::1%eth0",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    ":::",
    "1:2:3:4:5:6:7:",
    "12345::",
    "10.0.0.1::",
    "::10.0.0.1:5",
    "node-1",
  ])("%j is no address", (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  test("what Node takes for an address is taken, and its spelling does not matter", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const canonical = canonicalAddress(address);
        expect(canonical).toBeDefined();
        expect(isIP(canonical ?? "")).not.toBe(0);
        expect(canonicalAddress(address.toUpperCase())).toBe(canonical);
        expect(canonicalAddress(canonical ?? "")).toBe(canonical);
        // The URL parser writes IPv6 as RFC 5952 asks, and is somebody else's code.
        if (canonical?.includes(":")) expect(new URL(`http://[${address}]/`).hostname).toBe(`[${canonical}]`);
      }),
    );
  });

  test("what Node does not take for an address is not taken", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f:.]{0,20}$/), (text) => {
        expect(canonicalAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("loopback, unspecified and IPv6 link-local addresses cross no network namespace", () => {
  expect(
    ["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1", "febf::1"].filter((address) => !isLocalOnly(address)),
  ).toEqual([]);
  expect(["10.0.0.1", "169.254.172.2", "2600::1", "fd00::1", "fec0::1"].filter(isLocalOnly)).toEqual([]);
});
