import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { credentials, Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import type { RunningServer } from "../../src/system/processes.ts";
import { Harness, NODE, until } from "./harness.ts";

const contract = loadContract(sourceProtoDirectory());
const OTHER_NODE = "worker-2";

let harness: Harness;
let server: RunningServer;

beforeEach(async () => {
  harness = await Harness.start();
  server = await harness.server();
  await harness.untilReady(server);
});
afterEach(() => harness.stop());

/** A caller with a genuine agent's certificate, as root on a worker has it. */
function callers() {
  const pem = (name: string) => readFileSync(harness.sandbox.file(name));
  const channel = credentials.createSsl(pem("ca.crt"), pem("agent.key"), pem("agent.crt"));
  return new contract.Broker(`localhost:${server.brokerPort}`, channel, { "grpc.enable_retries": 0 });
}

interface Outcome {
  readonly code: number;
  readonly reason: string | undefined;
}
type Failure = { readonly code: number; readonly metadata?: Metadata } | null;
const outcome = (failure: Failure): Outcome => ({
  code: failure?.code ?? status.OK,
  reason: failure?.metadata?.get("rolecall-reason")[0] as string | undefined,
});

function bearing(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

/** What each of the three calls ends with, for a caller that names a node and carries a token. */
async function everyCall(nodeName: string, token: string | undefined, podUid = "x"): Promise<readonly Outcome[]> {
  const client = callers();
  const watched = new Promise<Outcome>((resolve) => {
    const call = client.watchNode({ nodeName, contractRevision: 1 }, bearing(token));
    call.on("data", () => {
      call.cancel();
      resolve(outcome(null));
    });
    call.on("error", (error: Failure) => resolve(outcome(error)));
  });
  const asked = new Promise<Outcome>((resolve) => {
    const query = { nodeName, podUid, namespace: "shop", name: "pod-1" };
    client.getPodCredentials(query, bearing(token), (error: Failure) => resolve(outcome(error)));
  });
  const reported = new Promise<Outcome>((resolve) => {
    client.reportNode({ nodeName }, bearing(token), (error: Failure) => resolve(outcome(error)));
  });
  const outcomes = await Promise.all([watched, asked, reported]);
  client.close();
  return outcomes;
}

const refusedWith = (code: number, reason: string): readonly Outcome[] => Array(3).fill({ code, reason });
const tokenOf = (change: Partial<Parameters<Harness["sandbox"]["kubernetes"]["tokens"]["issueForPod"]>[0]>): string =>
  harness.sandbox.kubernetes.tokens.issueForPod({
    namespace: "rolecall",
    serviceAccountName: "rolecall-agent",
    podName: "rolecall-agent-1",
    podUid: randomUUID(),
    nodeName: NODE,
    nodeUid: randomUUID(),
    audiences: ["rolecall-server"],
    ...change,
  });

describe("a worker that is taken over (kiam#105, kiam#521)", () => {
  test("gets nothing of another node by naming it", async () => {
    expect(await everyCall(OTHER_NODE, harness.sandbox.agentToken(NODE))).toEqual(
      refusedWith(status.PERMISSION_DENIED, "node-mismatch"),
    );
    expect(harness.logLines.join("")).toContain(
      `"node":"${OTHER_NODE}","tokenNode":"${NODE}","reason":"node-mismatch"`,
    );
  });

  test("gets nothing of another node's pod by its UID, and cannot tell whether there is one", async () => {
    const { uid } = harness.sandbox.kubernetes.workloads.createPod({
      namespace: "shop",
      name: "pod-1",
      nodeName: OTHER_NODE,
      annotations: { "iam.amazonaws.com/role": "shop-web" },
    }).metadata;
    const [, ofAnother] = await everyCall(NODE, harness.sandbox.agentToken(NODE), uid);
    const [, ofNobody] = await everyCall(NODE, harness.sandbox.agentToken(NODE), randomUUID());
    expect(ofAnother).toEqual({ code: status.NOT_FOUND, reason: "pod-not-found" });
    expect(ofAnother).toEqual(ofNobody);
    expect(harness.sandbox.sts.countAssumeRole()).toBe(0);
  });
});

describe("an agent's certificate alone is worth nothing:", () => {
  test.each<[string, () => string | undefined, number, string]>([
    ["no token", () => undefined, status.UNAUTHENTICATED, "token-missing"],
    ["a token that was made up", () => "made-up", status.UNAUTHENTICATED, "token-refused"],
    [
      "a pod's token for the API itself",
      () => tokenOf({ audiences: ["https://kubernetes.default.svc"] }),
      status.UNAUTHENTICATED,
      "token-refused",
    ],
    [
      "a token of another ServiceAccount",
      () => tokenOf({ serviceAccountName: "default" }),
      status.PERMISSION_DENIED,
      "not-an-agent",
    ],
    [
      "a token of the agents' name in another namespace",
      () => tokenOf({ namespace: "shop" }),
      status.PERMISSION_DENIED,
      "not-an-agent",
    ],
  ])("%s", async (_what, token, code, reason) => {
    expect(await everyCall(NODE, token())).toEqual(refusedWith(code, reason));
  });

  test("a token whose agent is gone", async () => {
    const token = harness.sandbox.agentToken(NODE);
    harness.sandbox.kubernetes.tokens.revoke(token);
    expect(await everyCall(NODE, token)).toEqual(refusedWith(status.UNAUTHENTICATED, "token-refused"));
  });
});

test("an agent's token proves its node, and the API server is asked once for all its calls", async () => {
  const [watched, asked, reported] = await everyCall(NODE, harness.sandbox.agentToken(NODE));
  expect([watched?.code, asked?.code, reported?.code]).toEqual([status.OK, status.NOT_FOUND, status.OK]);
  expect(harness.sandbox.kubernetes.countRequests({ verb: "create", resource: "tokenreviews" })).toBe(1);
});

test("an API server that cannot be asked is no refusal: the agent is told to come back", async () => {
  harness.sandbox.kubernetes.faults.failNext({ verb: "create", resource: "tokenreviews", status: 500, times: 10 });
  expect(await everyCall(NODE, harness.sandbox.agentToken(NODE))).toEqual(
    refusedWith(status.UNAVAILABLE, "api-server-unavailable"),
  );
});

test("an agent whose token is replaced goes on with the new one", async () => {
  const agent = await harness.agent({ brokerPort: server.brokerPort });
  await harness.untilReady(agent);
  writeFileSync(harness.sandbox.file(`token-${NODE}`), harness.sandbox.agentToken(NODE));
  await server.stop();
  server = await harness.server({ flags: [`--listen-address=127.0.0.1:${server.brokerPort}`] });
  await until(() => harness.logLines.filter((line) => line.includes("opened a node feed")).length === 2);
});

test("with --agent-auth=certificate an agent is taken at its word, and a warning says what that means", async () => {
  await server.stop();
  server = await harness.server({ flags: ["--agent-auth=certificate"] });
  await harness.untilReady(server);
  const [watched] = await everyCall(OTHER_NODE, undefined);
  expect(watched?.code).toBe(status.OK);
  expect(harness.logLines.join("")).toContain("an agent is taken at its word");
});

test("a token is never logged", async () => {
  const token = harness.sandbox.agentToken(NODE);
  await everyCall(OTHER_NODE, token);
  await everyCall(NODE, "made-up-token");
  const logged = harness.logLines.join("");
  expect(logged).toContain("refused a peer");
  for (const secret of [token, "made-up-token"]) expect(logged).not.toContain(secret);
});
