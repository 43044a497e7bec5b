import { execFile } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openPodDoor, type PodDoor } from "../../src/demo/pod-door.ts";
import { ACCOUNT, Harness, type PodOnNode } from "./harness.ts";

let harness: Harness;
let doors: PodDoor[];

beforeEach(async () => {
  harness = await Harness.start();
  doors = [];
});
afterEach(async () => {
  for (const door of doors) door.close();
  await harness.stop();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The AWS SDK for JavaScript in a pod whose environment names the container endpoint, with that pod's token. */
async function sdkInPod(
  pod: PodOnNode,
  tokenOf: PodOnNode,
): Promise<{ readonly arn?: string; readonly error?: string }> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ alg: "RS256" })}.${part({ "kubernetes.io": { pod: { uid: tokenOf.uid } } })}.made-up`;
  const door = doors.find(({ endpoint }) => endpoint.includes(`//${pod.ip}:`));
  const script = fileURLToPath(new URL("../../src/demo/sdk-client.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${door?.endpoint}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL_STS: harness.sandbox.sts.url,
      AWS_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
  });
  return JSON.parse(stdout);
}

test("an SDK that looks for container credentials is its pod's role, and is refused with the token of another pod", async () => {
  const [containerPort, doorPort] = [await freePort(), await freePort()];
  const server = await harness.server();
  const agent = await harness.agent({
    brokerPort: server.brokerPort,
    flags: [
      "--container-credentials",
      `--container-port=${containerPort}`,
      `--metadata-hosts=127.0.2.1:${doorPort},127.0.2.2:${doorPort}`,
    ],
  });
  await harness.untilReady(agent);
  const pods = [harness.pod("shop-web"), harness.pod(undefined)] as const;
  for (const { ip } of pods) doors.push(await openPodDoor(ip, doorPort, { host: "127.0.0.1", port: containerPort }));

  const [web, plain] = pods;
  expect(await sdkInPod(web, web)).toEqual({ arn: `arn:aws:sts::${ACCOUNT}:assumed-role/shop-web/shop.default` });
  // The chain goes on to an older provider, whose complaint is the one that is shown.
  expect(await sdkInPod(web, plain)).toEqual({ error: expect.any(String) });
}, 30_000);
