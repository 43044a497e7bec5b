import { describe, expect, test } from "@jest/globals";
import type { GrantRules } from "@rolecall/server/domain/policy/decide-grant";
import { resolveRoleReference } from "@rolecall/server/domain/role/role-reference";
import type { Asking } from "./examine-pods.ts";
import { examineKiamPolicies } from "./examine-policies.ts";

const RULES: GrantRules = {
  baseArn: { partition: "aws", accountId: "123456789012", path: "/" },
  defaultDurationSeconds: 3_600,
  maxDurationSeconds: 3_600,
  readsAllowedRoles: false,
};
const ARNS = "arn:aws:iam::123456789012:role/";

function aPod(reference: string): Asking {
  const roleArn = resolveRoleReference(reference, RULES.baseArn);
  if (roleArn.kind === "malformed") throw new Error(roleArn.detail);
  return { where: "pod shop/web", namespace: "shop", reference, roleArn: roleArn.value };
}

const examine = (permitted: string | undefined, reference: string, majorVersion: number | undefined, isStrict = true) =>
  examineKiamPolicies([{ name: "shop", permitted }], [aPod(reference)], RULES, { isStrict, majorVersion });
const changes = (...args: Parameters<typeof examine>) => examine(...args).filter(({ kind }) => kind === "change");

describe("a pod that kiam served loses its role", () => {
  test("where the expression is of the annotation as it stands, which kiam before v4 matched", () => {
    expect(changes("shop-.*", "shop-web", 3)).toEqual([
      {
        kind: "change",
        where: "pod shop/web",
        says: expect.stringContaining(`loses ${ARNS}shop-web, as a kiam before v4 holds`),
        fix: `Write "(?:${ARNS})?(?:shop-.*)", which permits it before the move and after it.`,
      },
    ]);
  });

  test("where kiam's version is not known, and one before v4 would have served it", () => {
    expect(changes("^shop-web$", "/shop-web", undefined)).toEqual([]);
    expect(changes("^shop-web$", "shop-web", undefined)).toMatchObject([
      {
        says: expect.stringContaining("if the kiam here is older than v4"),
        fix: expect.stringContaining("(?:shop-web)"),
      },
    ]);
  });

  test("where kiam v4 matched a part of the ARN by an alternative without a group", () => {
    expect(changes(`${ARNS}shop|${ARNS}lab`, "shop-web", 4)).toMatchObject([
      { says: `loses ${ARNS}shop-web, which kiam gave it by the namespace's "${ARNS}shop|${ARNS}lab"` },
    ]);
  });

  test("where the expression is longer than what is read here", () => {
    const names = Array.from({ length: 120 }, (_, index) => `${ARNS}shop-service-${index}`);
    expect(changes(names.join("|"), "shop-service-7", 4)).toHaveLength(1);
    expect(examine(names.join("|"), "shop-service-7", 4)).toContainEqual(
      expect.objectContaining({ kind: "note", says: expect.stringContaining("4096 characters") }),
    );
  });

  test("and where no expression for both is at hand, the fix says what it must match", () => {
    expect(changes("^shop-web$|^shop-api\\$", "shop-web", 3)).toMatchObject([
      { fix: expect.stringContaining(`"(?:${ARNS})?(?:shop-web|shop-api\\\\$)"`) },
    ]);
    expect(changes("(^shop-web$)", "shop-web", 3)).toMatchObject([
      { fix: "Have the namespace's expression match the whole ARN too." },
    ]);
  });
});

describe("a pod loses nothing", () => {
  test.each<[string, string | undefined, string, number | undefined]>([
    ["that kiam v4 denied, as the expression is no ARN's", "shop-.*", "shop-web", 4],
    ["that kiam v3 denied", "lab-.*", "shop-web", 3],
    ["that no kiam served", "lab-.*", "shop-web", undefined],
    ["whose namespace permits nothing", undefined, "shop-web", undefined],
    ["whose namespace's expression is none, also with kiam's anchors", "shop-web)|(lab", "shop-web", 3],
    ["whose ARN matches as a whole", ".*-web", "shop-web", 3],
    ["that asks by its ARN, which any kiam matched", `${ARNS}shop-.*`, `${ARNS}shop-web`, 3],
    ["whose namespace has the expression for both", `(?:${ARNS})?(?:shop-.*)`, "shop-web", 3],
  ])("%s", (_what, permitted, reference, version) => expect(changes(permitted, reference, version)).toEqual([]));
});

test("a namespace that was not read is named, as what it permits is not known", () => {
  expect(examineKiamPolicies([], [aPod("shop-web")], RULES, { isStrict: true, majorVersion: 4 })).toMatchObject([
    { kind: "note", where: "namespace shop", says: expect.stringContaining("was not among what was read") },
  ]);
});
