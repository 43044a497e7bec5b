import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { askAsPod } from "../../src/demo/ask-as-pod.ts";
import { openPodDoor, type PodDoor } from "../../src/demo/pod-door.ts";
import { ACCOUNT, Harness } from "./harness.ts";

const WEB = `arn:aws:sts::${ACCOUNT}:assumed-role/shop-web/shop.default`;

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

/** A pod with this role, and the endpoint at which any client plays it. */
async function podEndpoint(role: string | undefined): Promise<string> {
  const server = await harness.server();
  const agent = await harness.agent({
    brokerPort: server.brokerPort,
    flags: ["--metadata-hosts=127.0.2.1:8170"],
  });
  await harness.untilReady(agent);
  const door = await openPodDoor(harness.pod(role).ip, 8170, { host: "127.0.0.1", port: agent.metadataPort });
  doors.push(door);
  return door.endpoint;
}

/** Nothing to find credentials by but the metadata service. */
const bareEnvironment = (endpoint: string) => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
  AWS_ENDPOINT_URL_STS: harness.sandbox.sts.url,
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
});

const isInstalled = (command: string, args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const withAwsCli = isInstalled("aws", ["--version"]) ? test : skipped("the AWS CLI");
const withBoto3 = isInstalled("python3", ["-c", "import boto3"]) ? test : skipped("boto3");

function skipped(what: string): typeof test.skip {
  process.stderr.write(`skipped: ${what} is not installed (pip install awscli boto3)\n`);
  return test.skip;
}

test("the AWS SDK for JavaScript is its pod's role", async () => {
  expect(await askAsPod(await podEndpoint("shop-web"), harness.sandbox.sts.url)).toEqual({ arn: WEB });
});

test("the AWS SDK for JavaScript finds nothing for a pod without a role", async () => {
  const answer = await askAsPod(await podEndpoint(undefined), harness.sandbox.sts.url);
  expect(answer).toEqual({ error: "Could not load credentials from any providers" });
});

withAwsCli("the AWS CLI is its pod's role", async () => {
  const endpoint = await podEndpoint("shop-web");
  const { stdout } = await promisify(execFile)("aws", ["sts", "get-caller-identity", "--query=Arn", "--output=text"], {
    env: bareEnvironment(endpoint),
  });
  expect(stdout.trim()).toBe(WEB);
});

withBoto3(
  "boto3 is its pod's role, and finds its zone",
  async () => {
    const endpoint = await podEndpoint("shop-web");
    const script = [
      "import boto3",
      "from botocore.utils import IMDSRegionProvider, InstanceMetadataRegionFetcher",
      "print(boto3.client('sts').get_caller_identity()['Arn'])",
      `print(InstanceMetadataRegionFetcher(base_url='${endpoint}/').retrieve_region())`,
    ].join("\n");
    const { stdout } = await promisify(execFile)("python3", ["-c", script], { env: bareEnvironment(endpoint) });
    expect(stdout.trim().split("\n")).toEqual([WEB, "us-east-1"]);
  },
  15_000,
);
