import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { ImdsClient } from "../src/adapters/upstream/imds-client.ts";
import { NodeImds } from "./metadata/node-imds.ts";

const REGION = "meta-data/placement/region";
const HOUR_MS = 3_600_000;

let node: NodeImds;
let clock: FakeClock;
let client: ImdsClient;

beforeEach(async () => {
  node = new NodeImds();
  clock = new FakeClock();
  client = new ImdsClient({ endpoint: await node.start(), clock });
});
afterEach(async () => {
  await client.close();
  await node.stop();
});

const methodsSeen = () => node.seen.map(({ method }) => method);

test("a leaf is read with a token of the agent's own, which is used again", async () => {
  expect(await client.read(REGION)).toEqual({ kind: "found", body: "eu-west-1" });
  expect(await client.read("meta-data/instance-type")).toEqual({ kind: "found", body: "m6i.large" });
  expect(methodsSeen()).toEqual(["PUT", "GET", "GET"]);
  expect(node.seen[0]?.headers["x-aws-ec2-metadata-token-ttl-seconds"]).toBe("21600");
  expect(clock.pendingTimers).toBe(0);
});

test("the token is renewed before it ends", async () => {
  await client.read(REGION);
  await clock.advance(6 * HOUR_MS - 60_000);
  await client.read(REGION);
  expect(methodsSeen()).toEqual(["PUT", "GET", "PUT", "GET"]);
});

test("a token that the instance has forgotten is replaced, once", async () => {
  await client.read(REGION);
  node.token = "node-token-2";
  expect(await client.read(REGION)).toEqual({ kind: "found", body: "eu-west-1" });
  expect(methodsSeen()).toEqual(["PUT", "GET", "GET", "PUT", "GET"]);
  node.misbehave = (_request, response) => void response.writeHead(401).end();
  expect(await client.read(REGION)).toEqual({ kind: "unusable" });
});

test("nothing is sent but the token", async () => {
  await client.read(REGION);
  const { host, connection, ...rest } = node.seen[1]?.headers ?? {};
  expect(rest).toEqual({ "x-aws-ec2-metadata-token": "node-token-1" });
});

test("bytes beyond ASCII are passed through one by one", async () => {
  node.leaves.set("meta-data/tags/instance/Name", "é");
  expect(await client.read("meta-data/tags/instance/Name")).toEqual({ kind: "found", body: "\xc3\xa9" });
});

describe("a failure has its kind", () => {
  test("no such leaf is absent", async () => {
    expect(await client.read("meta-data/mac")).toEqual({ kind: "absent" });
  });

  test.each([301, 403, 500, 503])("status %d is unusable", async (status) => {
    node.misbehave = (_request, response) => void response.writeHead(status, { location: "/" }).end();
    expect(await client.read(REGION)).toEqual({ kind: "unusable" });
  });

  test("more than 64 KiB is unusable", async () => {
    node.misbehave = (_request, response) => void response.end("x".repeat(64 * 1_024 + 1));
    expect(await client.read(REGION)).toEqual({ kind: "unusable" });
    node.misbehave = (_request, response) => void response.end("x".repeat(64 * 1_024));
    expect(await client.read(REGION)).toMatchObject({ kind: "found" });
  });

  test("what is no HTTP is unusable", async () => {
    node.misbehave = (request) => void request.socket.end("SSH-2.0-OpenSSH\r\n\r\n");
    expect(await client.read(REGION)).toEqual({ kind: "unusable" });
  });

  test("silence is unreachable after 350 ms, before the answer's own deadline", async () => {
    node.misbehave = () => {};
    const reading = client.read(REGION);
    await node.whenLeavesAsked(1);
    await clock.advance(350);
    expect(await reading).toEqual({ kind: "unreachable" });
  });

  test("a body that stops coming is unreachable after 350 ms", async () => {
    node.misbehave = (_request, response) => void response.write("eu-");
    const reading = client.read(REGION);
    await node.whenLeavesAsked(1);
    await clock.advance(350);
    expect(await reading).toEqual({ kind: "unreachable" });
  });

  test("nobody listening is unreachable", async () => {
    await node.stop();
    expect(await client.read(REGION)).toEqual({ kind: "unreachable" });
    await node.start();
  });
});
