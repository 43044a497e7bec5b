import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@rolecall/common/time/clock";
import type { Journal } from "../control/journal.ts";
import type { Connections } from "../http/connections.ts";
import { readBody } from "../http/request-body.ts";
import { type AssumeRoleForm, checkAssumeRoleForm, readAssumeRoleForm } from "./assume-role-request.ts";
import { assumeRoleDocument, callerIdentityDocument, errorDocument } from "./documents.ts";
import type { Action, StsFaults } from "./faults.ts";
import type { Caller, Identities } from "./identities.ts";
import type { Roles } from "./roles.ts";
import { checkSigningTime, readSignature, type Signature, verifySignature } from "./signature.ts";
import { StsError } from "./sts-error.ts";

/** A call as it came in, whatever became of it; without anything that is secret. */
export type StsCall =
  | ({ readonly action: "AssumeRole" } & CallFacts & AssumeRoleForm)
  | ({ readonly action: "GetCallerIdentity" } & CallFacts);

interface CallFacts {
  readonly accessKeyId: string;
  /** That the request was signed for: the endpoint's. */
  readonly region: string;
}

export interface StsParts {
  readonly clock: Clock;
  readonly connections: Connections;
  readonly identities: Identities;
  readonly roles: Roles;
  readonly faults: StsFaults;
  readonly calls: Journal<StsCall>;
}

/** Answers one request of the query protocol. */
export async function handleRequest(
  parts: StsParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const document = await answer(parts, request, requestId);
    if (document === "reset") parts.connections.reset(request.socket);
    else send(parts, response, 200, document, requestId);
  } catch (error) {
    const fault = error instanceof StsError ? error : new StsError("InternalFailure", String(error));
    send(parts, response, fault.status, errorDocument(fault, requestId), requestId);
  }
}

async function answer(parts: StsParts, request: IncomingMessage, requestId: string): Promise<string> {
  const body = await readBody(request);
  const form = new URLSearchParams(body);
  const action = readAction(form);
  const signature = readSignature(request);
  const facts = { accessKeyId: signature.accessKeyId, region: signature.region };
  parts.calls.record(
    action === "AssumeRole" ? { action, ...facts, ...readAssumeRoleForm(form) } : { action, ...facts },
  );

  const call = { action, roleArn: form.get("RoleArn") ?? "" };
  await parts.faults.pass(call);
  const failure = parts.faults.take(call);
  if (failure?.code === "reset") return "reset";
  if (failure) throw new StsError(failure.code, failure.message);

  const caller = authenticate(parts, request, body, signature);
  if (action === "GetCallerIdentity") return callerIdentityDocument(caller, requestId);
  const role = checkAssumeRoleForm(form);
  const asked = readAssumeRoleForm(form);
  parts.roles.check(asked, caller);
  const nowSeconds = Math.floor(stsNowMs(parts) / 1_000);
  const expiresAtMs = (nowSeconds + parts.roles.lifeSeconds(asked)) * 1_000;
  const session = parts.identities.openSession(asked.roleArn, role, asked.sessionName, expiresAtMs);
  return assumeRoleDocument(session, asked, requestId);
}

function readAction(form: URLSearchParams): Action {
  const action = form.get("Action");
  const version = form.get("Version");
  if ((action === "AssumeRole" || action === "GetCallerIdentity") && version === "2011-06-15") return action;
  throw new StsError("InvalidAction", `Could not find operation ${action} for version ${version}`);
}

function authenticate(parts: StsParts, request: IncomingMessage, body: string, signature: Signature): Caller {
  // Signing takes the system's time, which an injected clock need not follow: only a wanted skew is checked.
  if (parts.faults.skewMs !== 0) checkSigningTime(request, stsNowMs(parts));
  const token = request.headers["x-amz-security-token"];
  const caller = parts.identities.resolve(signature.accessKeyId, token?.toString(), stsNowMs(parts));
  if (caller.secretAccessKey !== undefined) verifySignature(request, body, signature, caller.secretAccessKey);
  return caller;
}

const stsNowMs = ({ clock, faults }: StsParts): number => clock.nowMs() + faults.skewMs;

function send(parts: StsParts, response: ServerResponse, status: number, document: string, requestId: string): void {
  response.writeHead(status, {
    "content-type": "text/xml",
    "content-length": Buffer.byteLength(document),
    "x-amzn-requestid": requestId,
    date: new Date(stsNowMs(parts)).toUTCString(),
  });
  response.end(document);
}
