import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseTarget } from "./path-grammar.ts";

const path = (...segments: string[]) => ({ kind: "path", segments });
const REJECTED = { kind: "rejected" };

describe("a target that is one path in other clothes becomes that path", () => {
  test.each([
    ["/latest/meta-data/iam", "plain"],
    ["/latest/meta-data/iam/", "with a trailing slash"],
    ["//latest//meta-data///iam//", "with doubled slashes, which the URL standard reads as a host"],
    ["/latest/./meta-data/iam/.", "with dots"],
    ["/latest/meta%2Ddata/%69am", "with escapes"],
    ["/latest/meta-data/%2e/iam", "with an escaped dot"],
    ["/latest/meta-data/iam?role=x", "with a query"],
    ["/latest/meta-data/iam#x/../y", "with a fragment"],
  ])("%s (%s)", (target) => {
    expect(parseTarget(target)).toEqual(path("latest", "meta-data", "iam"));
  });

  test("an absolute-form target keeps its authority for the Host check", () => {
    const target = "HTTP://Evil.example:80/latest/meta-data/iam";
    expect(parseTarget(target)).toEqual({ ...path("latest", "meta-data", "iam"), authority: "Evil.example:80" });
    expect(parseTarget("http://169.254.169.254?x")).toEqual({ ...path(), authority: "169.254.169.254" });
  });

  test("a role name keeps its characters, escaped or not", () => {
    expect(parseTarget("/a+=,.@-_B")).toEqual(parseTarget("/a%2B%3D%2C.%40-_B"));
  });

  test("case stays as it was asked", () => {
    expect(parseTarget("/Latest/META-data")).toEqual(path("Latest", "META-data"));
  });
});

describe("a target that two readers could read differently is rejected", () => {
  test.each([
    ["/latest/meta-data/placement/../iam", "dot-dot"],
    ["/latest/%2e%2e/iam", "escaped dot-dot"],
    ["/latest/.%2E/iam", "half-escaped dot-dot"],
    ["/latest/meta-data/iam%2fsecurity-credentials", "an escaped slash"],
    ["/latest/iam%252fsecurity-credentials", "a doubly escaped slash"],
    ["/latest\\meta-data", "a backslash"],
    ["/latest%5cmeta-data", "an escaped backslash"],
    ["/latest/meta-data/\tiam", "a tab"],
    ["/latest/meta data", "a space"],
    ["/latest/%00", "an escaped NUL"],
    ["/latest/%0a", "an escaped newline"],
    ["/latest/%7f", "an escaped DEL"],
    ["/latest/%c3%a9", "escaped bytes beyond ASCII"],
    ["/latest/\xe9", "a byte beyond ASCII"],
    ["/latest/%", "an escape cut short"],
    ["/latest/%4", "an escape of one digit"],
    ["/latest/%zz", "an escape of no digits"],
    ["latest/meta-data", "no slash in front"],
    ["*", "an asterisk"],
    ["169.254.169.254:80", "CONNECT's authority"],
    ["ftp://169.254.169.254/latest", "another scheme"],
    ["", "nothing"],
  ])("%j (%s)", (target) => {
    expect(parseTarget(target)).toEqual(REJECTED);
  });
});

const anyBytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });
const pathLike = fc
  .array(
    fc.constantFrom("/", "//", "latest", "iam", ".", "..", "%2e", "%2f", "%25", "%", "\\", "?", "#", ";", "\t", "é"),
  )
  .map((parts) => `/${parts.join("")}`);

test("whatever bytes come, segments are clean, and mean the same when written out plainly and read again", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anyBytes,
        pathLike,
        anyBytes.map((bytes) => `/${bytes}`),
      ),
      (target) => {
        const parsed = parseTarget(target);
        if (parsed.kind === "rejected") return;
        for (const segment of parsed.segments) {
          expect(segment).toMatch(/^[\x20-\x7e]+$/);
          expect(segment).not.toMatch(/[/%\\]|^\.{1,2}$/);
        }
        const plain = `/${parsed.segments.map(encodeURIComponent).join("/")}`;
        expect(parseTarget(plain)).toEqual(path(...parsed.segments));
      },
    ),
  );
});
