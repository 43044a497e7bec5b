import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pythonPackage } from "../clients/installed.ts";
import { ACCOUNT, Harness, ROLE_LIST, until } from "./harness.ts";

const { python, missing } = pythonPackage("moto");
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

let harness: Harness;
let endpoint: string;
let stop: () => Promise<void>;

beforeEach(async () => {
  harness = await Harness.start();
  if (missing === undefined) ({ endpoint, stop } = await startMoto());
});
afterEach(async () => {
  await harness.stop();
  if (missing === undefined) await stop();
});

(missing === undefined ? test : test.skip)(
  "what moto's STS answers is taken, and moto knows who a pod is by what the pod was given",
  async () => {
    const server = await harness.server({ flags: [`--sts-endpoint=${endpoint}`] });
    const agent = await harness.agent({ brokerPort: server.brokerPort });
    await harness.untilReady(agent);
    const pod = harness.pod("shop-web");
    await until(async () => (await harness.ask(pod, agent)).body === "shop-web");
    const given = JSON.parse((await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).body) as Record<string, string>;
    const sts = new STSClient({
      endpoint,
      region: "us-east-1",
      credentials: {
        accessKeyId: given["AccessKeyId"] ?? "",
        secretAccessKey: given["SecretAccessKey"] ?? "",
        sessionToken: given["Token"] ?? "",
      },
    });
    const { Arn } = await sts.send(new GetCallerIdentityCommand());
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/shop-web/shop.default`);
  },
);

/** An STS that others wrote, whose answers are not made to fit. */
async function startMoto(): Promise<{ endpoint: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const process = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = once(process, "exit");
  const endpoint = `http://127.0.0.1:${port}`;
  await until(() =>
    fetch(endpoint).then(
      () => true,
      () => false,
    ),
  );
  return {
    endpoint,
    async stop() {
      process.kill();
      await ended;
    },
  };
}

/** moto does not say which it was given for port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
