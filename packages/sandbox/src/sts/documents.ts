import type { AssumeRoleForm } from "./assume-role-request.ts";
import type { Identity, Session } from "./identities.ts";
import type { StsError } from "./sts-error.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

export function assumeRoleDocument(session: Session, form: AssumeRoleForm, requestId: string): string {
  const hasPolicy = Object.keys(form.tags).length > 0;
  return document(
    "AssumeRole",
    requestId,
    element("AssumedRoleUser", element("AssumedRoleId", text(session.userId)), element("Arn", text(session.arn))) +
      element(
        "Credentials",
        element("AccessKeyId", text(session.accessKeyId)),
        element("SecretAccessKey", text(session.secretAccessKey)),
        element("SessionToken", text(session.sessionToken)),
        element("Expiration", `${new Date(session.expiresAtMs).toISOString().slice(0, 19)}Z`),
      ) +
      (form.sourceIdentity === undefined ? "" : element("SourceIdentity", text(form.sourceIdentity))) +
      (hasPolicy ? element("PackedPolicySize", "1") : ""),
  );
}

export const callerIdentityDocument = ({ arn, userId, accountId }: Identity, requestId: string): string =>
  document(
    "GetCallerIdentity",
    requestId,
    element("Arn", text(arn)) + element("UserId", text(userId)) + element("Account", text(accountId)),
  );

export const errorDocument = ({ type, code, message }: StsError, requestId: string): string =>
  `<ErrorResponse xmlns="${NAMESPACE}">${element(
    "Error",
    element("Type", type),
    element("Code", code),
    element("Message", text(message)),
  )}${element("RequestId", requestId)}</ErrorResponse>`;

const document = (action: string, requestId: string, result: string): string =>
  `<${action}Response xmlns="${NAMESPACE}">${element(`${action}Result`, result)}${element(
    "ResponseMetadata",
    element("RequestId", requestId),
  )}</${action}Response>`;

const element = (name: string, ...content: readonly string[]): string => `<${name}>${content.join("")}</${name}>`;

const text = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
