import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { StsError } from "./sts-error.ts";

/** What a SigV4 `Authorization` header says. */
export interface Signature {
  readonly accessKeyId: string;
  /** YYYYMMDD, region, service and `aws4_request`. */
  readonly scope: readonly string[];
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** @throws StsError MissingAuthenticationToken, IncompleteSignature or, for another service, SignatureDoesNotMatch */
export function readSignature(request: IncomingMessage): Signature {
  const { authorization } = request.headers;
  if (authorization === undefined) throw new StsError("MissingAuthenticationToken");
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/(aws4_request),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!match) throw new StsError("IncompleteSignature");
  const [, accessKeyId = "", date = "", region = "", service = "", terminator = "", headers = "", signature = ""] =
    match;
  if (service !== "sts") {
    throw new StsError("SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'.");
  }
  return {
    accessKeyId,
    scope: [date, region, service, terminator],
    region,
    signedHeaders: headers.split(";"),
    signature,
  };
}

/**
 * Checks the signature of a request to `/`. Source: AWS Signature Version 4,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 *
 * @throws StsError SignatureDoesNotMatch
 */
export function verifySignature(request: IncomingMessage, body: string, signature: Signature, secretKey: string): void {
  const { signedHeaders, scope } = signature;
  const canonicalRequest = [
    request.method,
    "/",
    "",
    ...signedHeaders.map((name) => `${name}:${headerText(request, name)}`),
    "",
    signedHeaders.join(";"),
    sha256(body),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headerText(request, "x-amz-date"), scope.join("/"), sha256(canonicalRequest)];
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretKey}`);
  const expected = hmac(key, toSign.join("\n"));
  if (!timingSafeEqual(expected, Buffer.from(signature.signature, "hex"))) throw new StsError("SignatureDoesNotMatch");
}

/** STS takes a signature whose time is this far from its own. */
const TOLERANCE_MS = 5 * 60_000;

/** @throws StsError SignatureDoesNotMatch for a request that was signed too far from now */
export function checkSigningTime(request: IncomingMessage, nowMs: number): void {
  const text = headerText(request, "x-amz-date");
  const signedMs = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
  const amz = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[:-]/g, "")}Z`;
  if (!(signedMs > nowMs - TOLERANCE_MS)) {
    const limit = `${amz(nowMs - TOLERANCE_MS)} (${amz(nowMs)} - 5 min.)`;
    throw new StsError("SignatureDoesNotMatch", `Signature expired: ${text} is now earlier than ${limit}`);
  }
  if (signedMs > nowMs + TOLERANCE_MS) {
    const limit = `${amz(nowMs + TOLERANCE_MS)} (${amz(nowMs)} + 5 min.)`;
    throw new StsError("SignatureDoesNotMatch", `Signature not yet current: ${text} is still later than ${limit}`);
  }
}

const headerText = (request: IncomingMessage, name: string): string =>
  String(request.headers[name] ?? "")
    .trim()
    .replaceAll(/ +/g, " ");

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
