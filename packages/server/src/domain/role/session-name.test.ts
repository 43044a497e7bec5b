import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { defaultSessionName, parseSessionName } from "./session-name.ts";

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const dnsSubdomain = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$/);

describe("defaultSessionName", () => {
  test("names namespace and service account where they fit", () => {
    expect(defaultSessionName("shop", "web")).toBe("shop.web");
    expect(defaultSessionName("n".repeat(32), "s".repeat(31))).toBe(`${"n".repeat(32)}.${"s".repeat(31)}`);
  });

  test("is a valid session name for every namespace and service account Kubernetes allows", () => {
    fc.assert(
      fc.property(dnsLabel, dnsSubdomain, (namespace, serviceAccount) => {
        expect(parseSessionName(defaultSessionName(namespace, serviceAccount)).kind).toBe("valid");
      }),
    );
  });

  test("is valid even for names Kubernetes does not allow", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), fc.string({ unit: "binary" }), (one, other) => {
        expect(parseSessionName(defaultSessionName(one, other)).kind).toBe("valid");
      }),
    );
  });

  test("names that are cut to the same beginning still differ", () => {
    const long = "s".repeat(100);
    const names = ["-a", "-b", "-c"].map((end) => defaultSessionName("shop", long + end));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^shop\.s{45}-[0-9a-z]{13}$/);
  });

  test("stays the same from release to release, as it is part of what is cached and audited", () => {
    expect(defaultSessionName("shop", "s".repeat(100))).toBe(
      "shop.sssssssssssssssssssssssssssssssssssssssssssss-1xh7uv60dx8ih",
    );
  });
});

describe("parseSessionName", () => {
  test.each(["ab", "x".repeat(64), "a+b=c,d.e@f-g_H9"])("takes %p", (text) => {
    expect(parseSessionName(text)).toEqual({ kind: "valid", value: text });
  });

  test.each(["", "a", "x".repeat(65), "a b", "a/b", "a:b", "ab\n", "café"])("refuses %p", (text) => {
    expect(parseSessionName(text)).toEqual({ kind: "malformed", detail: expect.stringContaining("2 to 64") });
  });
});
