import { request } from "node:http";

/** What a pod's SDK came away with. */
export type Asked =
  | {
      readonly kind: "credentials";
      readonly role: string;
      readonly accessKeyId: string;
      readonly expirationMs: number;
    }
  | { readonly kind: "refused"; readonly status: number }
  /** Nobody listens there: the agent is dead. */
  | { readonly kind: "unreachable" };

const ROLE_LIST = "/latest/meta-data/iam/security-credentials/";

/** Asks for a pod's credentials as an SDK does: a token, the role's name, the role. */
export async function askForCredentials(ip: string, port: number): Promise<Asked> {
  try {
    const token = await http(ip, port, "PUT", "/latest/api/token", { "x-aws-ec2-metadata-token-ttl-seconds": "60" });
    if (token.status !== 200) return { kind: "refused", status: token.status };
    const headers = { "x-aws-ec2-metadata-token": token.body };
    const list = await http(ip, port, "GET", ROLE_LIST, headers);
    if (list.status !== 200) return { kind: "refused", status: list.status };
    const { status, body } = await http(ip, port, "GET", `${ROLE_LIST}${list.body}`, headers);
    if (status !== 200) return { kind: "refused", status };
    const { AccessKeyId, Expiration } = JSON.parse(body) as { AccessKeyId: string; Expiration: string };
    return { kind: "credentials", role: list.body, accessKeyId: AccessKeyId, expirationMs: Date.parse(Expiration) };
  } catch {
    return { kind: "unreachable" };
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

function http(
  localAddress: string,
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, localAddress, method, path, agent: false };
    const sent = request({ ...options, headers: { host: "169.254.169.254", ...headers } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}
