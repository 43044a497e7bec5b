import { describe, expect, test } from "@jest/globals";
import type { RoleArn } from "../role/role-arn.ts";
import { permittedRoles } from "./permitted-roles.ts";

const role = (resource: string) => `arn:aws:iam::123456789012:role/${resource}` as RoleArn;
const RULES = { baseArn: undefined, readsAllowedRoles: false };
const permits = (permitted: string, arn: RoleArn) => {
  const policy = permittedRoles({ name: "shop", permitted }, RULES);
  return policy.kind === "policy" ? policy.permits(arn) : policy.kind;
};

describe("permittedRoles", () => {
  test("no annotation and an empty one permit nothing", () => {
    expect(permittedRoles({ name: "shop", permitted: undefined }, RULES)).toEqual({ kind: "missing" });
    expect(permittedRoles({ name: "shop", permitted: "" }, RULES)).toEqual({ kind: "missing" });
  });

  test("the whole ARN must match", () => {
    expect(permits(".*", role("app"))).toBe(true);
    expect(permits("app", role("app"))).toBe(false);
    expect(permits(".*/app", role("app"))).toBe(true);
    expect(permits(".*/app", role("app-admin"))).toBe(false);
  });

  test("an alternation permits its branches and nothing that begins or ends like them, as it does in kiam", () => {
    const policy = `${role("a")}|${role("b")}`;
    expect([permits(policy, role("a")), permits(policy, role("b"))]).toEqual([true, true]);
    expect(permits(policy, role("admin"))).toBe(false);
    expect(permits(policy, `x-${role("b")}` as RoleArn)).toBe(false);
  });

  test("a bad expression carries the engine's message", () => {
    expect(permittedRoles({ name: "shop", permitted: "(" }, RULES)).toEqual({
      kind: "malformed",
      annotation: "iam.amazonaws.com/permitted",
      detail: expect.stringMatching(/must be an RE2 expression: .*missing closing \)/),
    });
  });

  test("an expression of more than 4096 characters is refused, one of 4096 is not", () => {
    expect(permits("x".repeat(4_097), role("app"))).toBe("malformed");
    expect(permits("x".repeat(4_096), role("app"))).toBe(false);
  });

  test("the same expression is compiled once", () => {
    const policy = permittedRoles({ name: "shop", permitted: ".*/once" }, RULES);
    expect(permittedRoles({ name: "other", permitted: ".*/once" }, RULES)).toBe(policy);
  });
});
