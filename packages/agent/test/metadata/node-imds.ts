import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What stands on the node behind the agent: a metadata service that keeps the node's secrets and notes who asks. */
export class NodeImds {
  readonly seen: SeenRequest[] = [];
  readonly leaves = new Map<string, string>(
    Object.entries({
      "meta-data/placement/region": "eu-west-1",
      "meta-data/placement/availability-zone": "eu-west-1b",
      "meta-data/placement/availability-zone-id": "euw1-az2",
      "meta-data/instance-id": "i-0123456789abcdef0",
      "meta-data/instance-type": "m6i.large",
      "meta-data/local-ipv4": "10.1.2.3",
      "dynamic/instance-identity/document": '{\n  "region" : "eu-west-1",\n  "accountId" : "123456789012"\n}',
      "dynamic/instance-identity/pkcs7": "node-secret",
      "user-data": "node-secret",
      "meta-data/iam/security-credentials/": "node-role",
      "meta-data/iam/security-credentials/node-role": "node-secret",
    }),
  );
  /** Answers leaves instead, when set. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** The token that is good now. */
  token = "node-token-1";
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #wake: () => void = () => {};

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  get leavesAsked(): readonly string[] {
    return this.seen.filter(({ method }) => method === "GET").map(({ path }) => path);
  }

  /** Resolves when so many leaves were asked for, in all. */
  async whenLeavesAsked(count: number): Promise<void> {
    while (this.leavesAsked.length < count)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url: path = "", headers } = request;
    this.seen.push({ method, path, headers });
    this.#wake();
    const body = this.leaves.get(path.replace("/latest/", ""));
    if (method === "PUT" && path === "/latest/api/token") response.end(this.token);
    else if (headers["x-aws-ec2-metadata-token"] !== this.token) response.writeHead(401).end();
    else if (this.misbehave) this.misbehave(request, response);
    else response.writeHead(body === undefined ? 404 : 200).end(body);
  }
}
