import { expect, test } from "@jest/globals";
import { projectNamespace } from "./namespace-projection.ts";

const permitted = (value: unknown) =>
  projectNamespace({ metadata: { name: "shop", annotations: { "iam.amazonaws.com/permitted": value } } })?.permitted;

test("keeps the name and the policy as written", () => {
  expect(permitted(".*")).toBe(".*");
  expect(permitted("")).toBe("");
  expect(projectNamespace({ metadata: { name: "shop" } })).toEqual({ name: "shop", permitted: undefined });
});

test.each([
  ["optional", "optional"],
  ["required", "required"],
  ["Optional", "required"],
  ["optional, please", "required"],
])("a namespace that says %j of session tokens means %s", (annotation, imdsTokens) => {
  const annotations = { "iam.amazonaws.com/imds-tokens": annotation };
  expect(projectNamespace({ metadata: { name: "shop", annotations } })).toMatchObject({ imdsTokens });
});

test("a policy keeps one character more than the longest valid one", () => {
  expect(permitted("x".repeat(4_096))).toHaveLength(4_096);
  expect(permitted("x".repeat(100_000))).toHaveLength(4_097);
});

test("keeps kube2iam's policy within the same bound", () => {
  const allowed = (value: string) =>
    projectNamespace({ metadata: { name: "shop", annotations: { "iam.amazonaws.com/allowed-roles": value } } });
  expect(allowed('["app"]')).toEqual({ name: "shop", permitted: undefined, allowedRoles: '["app"]' });
  expect(allowed("x".repeat(100_000))?.allowedRoles).toHaveLength(4_097);
});

test("what has no name is no namespace", () => {
  expect(projectNamespace({ metadata: {} })).toBeUndefined();
  expect(projectNamespace(null)).toBeUndefined();
});
