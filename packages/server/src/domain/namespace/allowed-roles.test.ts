import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseAllowedRoles } from "./allowed-roles.ts";

const ROOT = "arn:aws:iam::123456789012:role/";
const arn = (resource: string, account = "123456789012") => `arn:aws:iam::${account}:role/${resource}`;
const permits = (entries: unknown, role: string, prefix = ROOT) => {
  const policy = parseAllowedRoles(JSON.stringify(entries), prefix);
  return policy.kind === "valid" ? policy.value.matches(role) : policy.detail;
};

describe("parseAllowedRoles", () => {
  test.each([
    [["app"], arn("app"), true],
    [["app"], arn("app-admin"), false],
    [["app"], arn("team/app"), false],
    [["other", "app"], arn("app"), true],
    [["team/app"], arn("team/app"), true],
    [["/team/app"], arn("team/app"), true],
    [["app-*"], arn("app-web"), true],
    [["app-*"], arn("app-web/admin"), false],
    [["team/*"], arn("team/app"), true],
    [["team/*"], arn("team/sub/app"), false],
    [["team/**"], arn("team/sub/app"), true],
    [["*"], arn("app"), true],
    [["*"], arn("team/app"), false],
    [["**"], arn("team/app"), true],
    [["**"], arn("app", "999999999999"), false],
    [[arn("app", "999999999999")], arn("app", "999999999999"), true],
    [["arn:aws:iam::*:role/app"], arn("app", "999999999999"), true],
    [["a.p"], arn("app"), false],
    [["a+p|app"], arn("app"), false],
    [["a+p"], arn("a+p"), true],
    [[], arn("app"), false],
  ])("%j on %s: %s", (entries, role, verdict) => {
    expect(permits(entries, role)).toBe(verdict);
  });

  test("names lie under the base's path, as a pod's annotation does", () => {
    const pods = `${ROOT}pods/`;
    expect(permits(["app"], arn("pods/app"), pods)).toBe(true);
    expect(permits(["app"], arn("app"), pods)).toBe(false);
  });

  test("without a base only ARNs permit anything", () => {
    const policy = parseAllowedRoles(JSON.stringify(["*", arn("app")]), undefined);
    expect(policy.kind === "valid" && policy.value.matches(arn("app"))).toBe(true);
    expect(policy.kind === "valid" && policy.value.matches(arn("web"))).toBe(false);
  });

  test.each([
    ["app", "must be a JSON array"],
    ['"app"', "must be a JSON array"],
    ['{"app":true}', "must be a JSON array"],
    ['["app"', "must be a JSON array"],
    ['["app", 1]', "entry 2"],
    ['[""]', "entry 1"],
  ])("%s is malformed: %s", (text, detail) => {
    expect(parseAllowedRoles(text, ROOT)).toEqual({ kind: "malformed", detail: expect.stringContaining(detail) });
  });

  test("any entry without a star permits the role that it spells and no other", () => {
    const entry = fc.string({
      minLength: 1,
      maxLength: 30,
      unit: fc.constantFrom(..."aA1_+=,.@-/[](){}^$|?\\".split("")),
    });
    fc.assert(
      fc.property(entry, entry, (name, other) => {
        const relative = (text: string) => arn(text.replace(/^\//, ""));
        expect(permits([name], relative(name))).toBe(true);
        expect(permits([name], relative(other))).toBe(relative(name) === relative(other));
      }),
    );
  });
});
