import { expect, test } from "@jest/globals";
import { serverPolicy, trustPolicy } from "./documents.ts";
import { terraformDocument, terraformNames } from "./terraform.ts";

const role = (roleArn: string, externalIds: string[] = [], isUsedWithoutExternalId = externalIds.length === 0) => ({
  roleArn,
  externalIds,
  isUsedWithoutExternalId,
});
const ARN = "arn:aws:iam::123456789012:role/pods/web";
const SERVER = "arn:aws:iam::123456789012:role/rolecall-server";

test("the servers' policy is one statement for the roles in use", () => {
  expect(terraformDocument("rolecall_server", serverPolicy([role(ARN), role(`${ARN}2`)], { sessionTags: true }))).toBe(
    `data "aws_iam_policy_document" "rolecall_server" {
  statement {
    sid     = "AssumePodRoles"
    effect  = "Allow"
    actions = [
      "sts:AssumeRole",
      "sts:TagSession",
    ]

    resources = [
      "${ARN}",
      "${ARN}2",
    ]
  }
}
`,
  );
});

test("a trust policy asks for the external ID that every pod of the role names", () => {
  expect(terraformDocument("trust_web", trustPolicy(role(ARN, ["id-1"]), SERVER, { sessionTags: false }))).toBe(
    `data "aws_iam_policy_document" "trust_web" {
  statement {
    sid     = "RolecallServers"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["${SERVER}"]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["id-1"]
    }
  }
}
`,
  );
});

test("a trust policy asks for no external ID where a pod of the role names none", () => {
  expect(trustPolicy(role(ARN, ["id-1"], true), SERVER, { sessionTags: false }).Statement[0]).not.toHaveProperty(
    "Condition",
  );
});

test("text that Terraform would read as a template stays text", () => {
  const policy = trustPolicy(role(ARN, [`a$${"{b}%{c}"}`]), SERVER, { sessionTags: false });
  expect(terraformDocument("x", policy)).toContain(`["a$$${"{b}%%{c}"}"]`);
});

test("names are Terraform's, and no two roles share one", () => {
  const arns = [
    ARN,
    "arn:aws:iam::210987654321:role/pods/web",
    "arn:aws:iam::123456789012:role/a.b",
    "arn:aws:iam::123456789012:role/a+b",
    "arn:aws:iam::123456789012:role/1st",
  ];
  const names = [...terraformNames(arns).values()];
  expect(new Set(names).size).toBe(arns.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z_][\w-]*$/);
});
