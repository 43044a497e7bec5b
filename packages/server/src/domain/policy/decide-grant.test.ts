import { describe, expect, test } from "@jest/globals";
import { aPod } from "../../../test/support/a-pod.ts";
import type { Pod } from "../pod/pod.ts";
import { decideGrant, type GrantRules } from "./decide-grant.ts";

const RULES: GrantRules = {
  baseArn: { partition: "aws", accountId: "123456789012", path: "/" },
  defaultDurationSeconds: 3_600,
  maxDurationSeconds: 3_600,
  readsAllowedRoles: false,
};

const decide = (pod: Pod, permitted?: string, rules = RULES) => decideGrant(pod, { name: "shop", permitted }, rules);
const reasonOf = (pod: Pod, permitted?: string) => {
  const grant = decide(pod, permitted);
  return grant.kind === "denied" ? grant.reason : grant.kind;
};

describe("decideGrant", () => {
  test("a pod whose namespace permits its role is granted it", () => {
    expect(decide(aPod(), "arn:aws:iam::123456789012:role/app")).toEqual({
      kind: "granted",
      assumption: {
        roleArn: "arn:aws:iam::123456789012:role/app",
        sessionName: "shop.web",
        externalId: undefined,
        durationSeconds: 3_600,
      },
    });
  });

  test("a pod that asks for nothing gets no verdict, on the host network and without a policy too", () => {
    expect(decide(aPod({ hostNetwork: true, annotations: { role: undefined } }))).toEqual({ kind: "none" });
  });

  test("a pod that fails every check is answered in the order of the checks", () => {
    const bad = { role: "my role", sessionName: "a b", externalId: "#", sessionDuration: "2h" };
    expect(reasonOf(aPod({ hostNetwork: true, annotations: bad }))).toBe("host-network");
    expect(reasonOf(aPod({ annotations: bad }))).toBe("role-reference-malformed");
    expect(reasonOf(aPod({ annotations: { ...bad, role: "app" } }))).toBe("session-name-malformed");
    expect(reasonOf(aPod({ annotations: { externalId: "#", sessionDuration: "2h" } }))).toBe("external-id-malformed");
    expect(reasonOf(aPod({ annotations: { sessionDuration: "2h" } }))).toBe("session-duration-malformed");
    expect(reasonOf(aPod())).toBe("namespace-policy-missing");
    expect(reasonOf(aPod(), "(")).toBe("namespace-policy-malformed");
    expect(reasonOf(aPod(), "app")).toBe("role-not-permitted");
    expect(reasonOf(aPod(), ".*/app")).toBe("granted");
  });

  test("a namespace that is not known permits nothing", () => {
    expect(decideGrant(aPod(), undefined, RULES)).toMatchObject({ kind: "denied", reason: "namespace-policy-missing" });
  });

  test("the policy is held against the ARN, not against what the annotation says", () => {
    expect(reasonOf(aPod(), "app")).toBe("role-not-permitted");
    expect(reasonOf(aPod({ annotations: { role: "arn:aws:iam::999999999999:role/app" } }), ".*:123456789012:.*")).toBe(
      "role-not-permitted",
    );
  });

  test("a denial names what to change", () => {
    const detailOf = (pod: Pod, permitted?: string) => {
      const grant = decide(pod, permitted);
      return grant.kind === "denied" ? grant.detail : "";
    };
    expect(detailOf(aPod({ hostNetwork: true }))).toMatch(/spec\.hostNetwork .* iam\.amazonaws\.com\/role/);
    expect(detailOf(aPod())).toMatch(/namespace shop .* iam\.amazonaws\.com\/permitted/);
    expect(detailOf(aPod(), "(")).toMatch(/iam\.amazonaws\.com\/permitted of the namespace shop must be an RE2/);
    expect(detailOf(aPod(), "app")).toMatch(/shop does not match arn:aws:iam::123456789012:role\/app/);
  });

  test("kube2iam's annotation permits where it is switched on and the namespace has none of ours", () => {
    const allowedRoles = '["app"]';
    const on = { ...RULES, readsAllowedRoles: true };
    const kindOf = (namespace: { permitted?: string; allowedRoles?: string }, rules = on) =>
      decideGrant(aPod(), { name: "shop", permitted: undefined, ...namespace }, rules);
    expect(kindOf({ allowedRoles }).kind).toBe("granted");
    expect(kindOf({ allowedRoles }, RULES)).toMatchObject({ reason: "namespace-policy-missing" });
    expect(kindOf({ allowedRoles, permitted: ".*/other" })).toMatchObject({ reason: "role-not-permitted" });
    expect(kindOf({ allowedRoles, permitted: "" })).toMatchObject({ reason: "namespace-policy-missing" });
    expect(kindOf({ allowedRoles: '["other"]' })).toMatchObject({
      reason: "role-not-permitted",
      detail: expect.stringContaining("iam.amazonaws.com/allowed-roles"),
    });
    expect(kindOf({ allowedRoles: "app" })).toMatchObject({
      reason: "namespace-policy-malformed",
      detail: expect.stringContaining("iam.amazonaws.com/allowed-roles of the namespace shop must be a JSON array"),
    });
  });

  test("without a base ARN only full ARNs are granted", () => {
    const rules = { ...RULES, baseArn: undefined };
    expect(decide(aPod(), ".*", rules)).toMatchObject({ kind: "denied", reason: "role-reference-malformed" });
    const full = aPod({ annotations: { role: "arn:aws:iam::123456789012:role/app" } });
    expect(decide(full, ".*", rules).kind).toBe("granted");
  });
});
