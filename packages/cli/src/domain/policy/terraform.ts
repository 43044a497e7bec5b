import type { PolicyDocument, Statement } from "./documents.ts";

/** A policy document as Terraform's data source of the AWS provider. */
export function terraformDocument(name: string, { Statement }: PolicyDocument): string {
  return `data "aws_iam_policy_document" "${name}" {\n${Statement.map(statementBlock).join("\n")}}\n`;
}

function statementBlock({ Sid, Effect, Principal, Action, Resource, Condition }: Statement): string {
  const lines = [
    ...(Sid === undefined ? [] : [`sid     = ${quoted(Sid)}`]),
    `effect  = ${quoted(Effect)}`,
    `actions = ${list(Action)}`,
    ...(Resource === undefined ? [] : ["", `resources = ${list(Resource)}`]),
    ...(Principal === undefined
      ? []
      : block("principals", [`type        = "AWS"`, `identifiers = ${list([Principal.AWS])}`])),
    ...(Condition === undefined
      ? []
      : block("condition", [
          `test     = "StringEquals"`,
          `variable = "sts:ExternalId"`,
          `values   = ${list(Condition.StringEquals["sts:ExternalId"])}`,
        ])),
  ];
  return `  statement {\n${lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n")}\n  }\n`;
}

const block = (name: string, lines: readonly string[]) => ["", `${name} {`, ...lines.map((line) => `  ${line}`), "}"];

/** Terraform reads `${` and `%{` in a text as the beginning of a template. */
const quoted = (text: string) => JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);

function list(items: readonly string[]): string {
  if (items.length === 1) return `[${quoted(items[0] as string)}]`;
  return `[\n${items.map((item) => `      ${quoted(item)},\n`).join("")}    ]`;
}

/** A name of Terraform's for each ARN: the role's own, with the account where two accounts have one of that name. */
export function terraformNames(roleArns: readonly string[]): ReadonlyMap<string, string> {
  const plain = (arn: string) => identifier(arn.slice(arn.indexOf("/") + 1));
  const isShared = (arn: string) => roleArns.filter((other) => plain(other) === plain(arn)).length > 1;
  const names = new Map<string, string>();
  for (const [index, arn] of roleArns.entries()) {
    const name = isShared(arn) ? `${plain(arn)}_${arn.split(":")[4]}` : plain(arn);
    // Characters that Terraform does not take may have made two names one.
    names.set(arn, [...names.values()].includes(name) ? `${name}_${index}` : name);
  }
  return names;
}

const identifier = (text: string) => text.replaceAll(/[^\w-]/g, "_").replace(/^(?=[\d-])/, "_");
