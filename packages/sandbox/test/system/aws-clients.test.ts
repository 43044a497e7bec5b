import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { askAsPod } from "../../src/demo/ask-as-pod.ts";
import { openPodDoor, type PodDoor } from "../../src/demo/pod-door.ts";
import { pythonPackage } from "../clients/installed.ts";
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
  const agentAddress = { host: "127.0.0.1", port: 0 };
  const door = await openPodDoor(harness.pod(role).ip, 0, agentAddress);
  doors.push(door);
  const { brokerPort } = await harness.server();
  const agent = await harness.agent({ brokerPort, flags: [`--metadata-hosts=${new URL(door.endpoint).host}`] });
  await harness.untilReady(agent);
  agentAddress.port = agent.metadataPort;
  return door.endpoint;
}

const { python, missing } = pythonPackage("boto3");
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
const withBoto3 = missing === undefined ? test : test.skip;

test("the demonstration's client is its pod's role", async () => {
  expect(await askAsPod(await podEndpoint("shop-web"), harness.sandbox.sts.url)).toEqual({ arn: WEB });
});

test("the demonstration's client finds nothing for a pod without a role", async () => {
  const answer = await askAsPod(await podEndpoint(undefined), harness.sandbox.sts.url);
  expect(answer).toEqual({ error: "Could not load credentials from any providers" });
});

withBoto3(
  "botocore finds its region by the pod's metadata service",
  async () => {
    const script = [
      "import sys",
      "from botocore.utils import InstanceMetadataRegionFetcher",
      "print(InstanceMetadataRegionFetcher(base_url=sys.argv[1] + '/').retrieve_region())",
    ].join("\n");
    const { stdout } = await promisify(execFile)(python, ["-c", script, await podEndpoint("shop-web")]);
    expect(stdout.trim()).toBe("us-east-1");
  },
  15_000,
);
