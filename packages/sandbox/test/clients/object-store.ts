import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { Connections } from "../../src/http/connections.ts";
import { type LocalServer, startLocalServer } from "../../src/http/local-server.ts";
import type { Sandbox } from "../../src/system/sandbox.ts";

/** An S3 whose every object says, to a caller that signs as it should, who the caller is. */
export interface ObjectStore extends LocalServer {
  /** Access keys of the callers, in the order they came. */
  readonly callers: readonly string[];
}

/** For clients that read objects and cannot ask STS who they are. */
export async function startObjectStore({ clock, sts }: Pick<Sandbox, "clock" | "sts">): Promise<ObjectStore> {
  const callers: string[] = [];
  const server = createServer((request, response) => {
    try {
      const signature = readSignature(request);
      const token = request.headers["x-amz-security-token"]?.toString();
      const caller = sts.identities.resolve(signature.accessKeyId, token, clock.nowMs());
      verify(request, signature, caller.secretAccessKey ?? "");
      callers.push(signature.accessKeyId);
      const body = JSON.stringify({ arn: caller.arn });
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length, ...OBJECT_HEADERS });
      response.end(request.method === "HEAD" ? undefined : body);
    } catch (error) {
      response.writeHead(403, { "content-type": "application/xml" });
      response.end(`<Error><Code>AccessDenied</Code><Message>${error}</Message></Error>`);
    }
  });
  return { ...(await startLocalServer(server, new Connections(server))), callers };
}

/** object_store reads no object without them. */
const OBJECT_HEADERS = { etag: '"whoami"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" };

interface S3Signature {
  readonly accessKeyId: string;
  readonly scope: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function readSignature({ headers: { authorization = "" } }: IncomingMessage): S3Signature {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!match) throw new Error("the request is not signed");
  const [, accessKeyId = "", scope = "", signedHeaders = "", signature = ""] = match;
  return { accessKeyId, scope: scope.split("/"), signedHeaders: signedHeaders.split(";"), signature };
}

/** As S3 checks it: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. */
function verify(request: IncomingMessage, { scope, signedHeaders, signature }: S3Signature, secretKey: string): void {
  const header = (name: string) => String(request.headers[name] ?? "").trim();
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const canonical = [
    request.method,
    path,
    query.split("&").sort().join("&"),
    ...signedHeaders.map((name) => `${name}:${header(name)}`),
    "",
    signedHeaders.join(";"),
    header("x-amz-content-sha256"),
  ].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  const expected = hmac(key, ["AWS4-HMAC-SHA256", header("x-amz-date"), scope.join("/"), hash].join("\n"));
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) throw new Error("the signature does not match");
}
