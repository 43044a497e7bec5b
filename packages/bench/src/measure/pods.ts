import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { writeCniResult } from "@rolecall/sandbox/files/cni-results";
import type { Sandbox } from "@rolecall/sandbox/system/sandbox";
import type { LoadClient } from "../load/load.ts";

const HOST = "169.254.169.254";
const ROLE = "shop-web";
const CREDENTIALS_PATH = `/latest/meta-data/iam/security-credentials/${ROLE}`;

/** Pods of one role on one node, as they are once their containers run; each has a loopback address of its own. */
export function createPods(
  { kubernetes: { workloads }, cniResults }: Sandbox,
  nodeName: string,
  count: number,
): string[] {
  workloads.createNode(nodeName);
  workloads.createNamespace("shop", {
    annotations: { "iam.amazonaws.com/permitted": "arn:aws:iam::123456789012:role/shop-.*" },
  });
  return Array.from({ length: count }, (_, index) => {
    const name = `web-${index}`;
    const ip = `127.0.1.${index + 1}`;
    const annotations = { "iam.amazonaws.com/role": ROLE };
    const { uid: podUid } = workloads.createPod({ namespace: "shop", name, annotations, nodeName, ips: [ip] }).metadata;
    writeCniResult(cniResults(nodeName), {
      containerId: podUid.replaceAll("-", ""),
      podUid,
      namespace: "shop",
      name,
      ips: [ip],
    });
    return ip;
  });
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function ask(
  port: number,
  address: string,
  method: string,
  path: string,
  headers: object = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      localAddress: address,
      method,
      path,
      headers: { host: HOST, ...headers },
    };
    request(options, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

/**
 * A pod's request for its credentials, with a session token of six hours as the SDKs ask for it.
 *
 * @param keepAlive whether the client offers to use the connection again
 */
export async function credentialsRequest(port: number, address: string, keepAlive: boolean): Promise<LoadClient> {
  const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  const token = await ask(port, address, "PUT", "/latest/api/token", ttl);
  const lines = [
    `GET ${CREDENTIALS_PATH} HTTP/1.1`,
    `host: ${HOST}`,
    "accept-encoding: identity",
    "user-agent: aws-sdk-go-v2/1.32.0 os/linux lang/go#1.23.0 md/GOOS#linux md/GOARCH#amd64",
    `x-aws-ec2-metadata-token: ${token.body}`,
    ...(keepAlive ? [] : ["connection: close"]),
  ];
  return { address, request: `${lines.join("\r\n")}\r\n\r\n` };
}

/** The document that a pod of the role gets; waits until it gets one. */
export async function credentialsDocument(port: number, address: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    const token = (await ask(port, address, "PUT", "/latest/api/token", ttl)).body;
    const answer = await ask(port, address, "GET", CREDENTIALS_PATH, { "x-aws-ec2-metadata-token": token });
    if (answer.status === 200) return answer.body;
    await setTimeout(100);
  }
  throw new Error(`the pod at ${address} got no credentials from the agent`);
}
