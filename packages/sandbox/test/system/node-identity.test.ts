import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthority, type Issued } from "../../src/certs/authority.ts";
import { FakeClock } from "../../src/clock/fake-clock.ts";
import { agentPodOn } from "../../src/system/agent-tokens.ts";
import {
  type AskedPod,
  type BrokerCaller,
  bearing,
  brokerClient,
  type CallOutcome,
  everyCall as callEach,
} from "../../src/system/broker-caller.ts";
import type { RunningServer } from "../../src/system/processes.ts";
import { Harness, NODE, until } from "./harness.ts";

const OTHER_NODE = "worker-2";

let harness: Harness;
let server: RunningServer;

beforeEach(async () => {
  harness = await Harness.start();
  server = await harness.server();
  await harness.untilReady(server);
});
afterEach(() => harness.stop());

const pem = (name: string) => readFileSync(harness.sandbox.file(name), "utf8");
/** A genuine agent's, as root on a worker has it. */
const ofAgent = (): Issued => ({ keyPem: pem("agent.key"), certificatePem: pem("agent.crt") });

const caller = (token: string | undefined, certificate: Issued | "none" = ofAgent()): BrokerCaller => ({
  address: `localhost:${server.brokerPort}`,
  caPem: pem("ca.crt"),
  certificate: certificate === "none" ? undefined : certificate,
  token,
});

/** What each of the three calls ends with, for a caller that names a node and carries a token. */
const everyCall = (
  nodeName: string,
  token: string | undefined,
  asked: AskedPod = {},
  certificate: Issued | "none" = ofAgent(),
): Promise<readonly CallOutcome[]> => callEach(caller(token, certificate), nodeName, asked);

const refusedWith = (code: number, reason: string): readonly CallOutcome[] => Array(3).fill({ code, reason });
const tokenOf = (change: Parameters<Harness["sandbox"]["agentToken"]>[1]): string =>
  harness.sandbox.agentToken(NODE, change);
/** What was audited of peers that were refused. */
const refusals = (): readonly Record<string, unknown>[] =>
  harness.logLines.map((line) => JSON.parse(line)).filter(({ outcome }) => outcome === "refused");

describe("a worker that is taken over (kiam#105, kiam#521) gets nothing of another node", () => {
  const victim = () =>
    harness.sandbox.kubernetes.workloads.createPod({
      namespace: "shop",
      name: "victim",
      nodeName: OTHER_NODE,
      ips: ["10.0.2.9"],
      annotations: { "iam.amazonaws.com/role": "shop-web" },
    }).metadata.uid;

  test("by naming it", async () => {
    expect(await everyCall(OTHER_NODE, harness.sandbox.agentToken(NODE))).toEqual(
      refusedWith(status.UNAUTHENTICATED, "node-mismatch"),
    );
    expect(refusals()[0]).toMatchObject({
      audit: "peer",
      reason: "node-mismatch",
      node: OTHER_NODE,
      provenNode: NODE,
      peer: expect.stringMatching(/^(127\.0\.0\.1|::1):\d+$/),
      certificate: expect.any(String),
    });
  });

  test.each<[string, (uid: string) => AskedPod]>([
    ["by the UID of its pod", (uid) => ({ podUid: uid })],
    ["by its pod's name and namespace", () => ({ podUid: randomUUID(), name: "victim" })],
    ["by both", (uid) => ({ podUid: uid, name: "victim" })],
    ["by its pod's address for a name", (uid) => ({ podUid: uid, name: "10.0.2.9" })],
    ["by a name that is a path", (uid) => ({ podUid: uid, name: "../../../secrets/x" })],
  ])("%s, and cannot tell whether there is one", async (_how, ask) => {
    const asked = ask(victim());
    const [, ofAnother] = await everyCall(NODE, harness.sandbox.agentToken(NODE), asked);
    const [, ofNobody] = await everyCall(NODE, harness.sandbox.agentToken(NODE), { ...asked, podUid: randomUUID() });
    expect(ofAnother).toEqual({ code: status.NOT_FOUND, reason: "pod-not-found" });
    expect(ofAnother).toEqual(ofNobody);
    const { name, ...others } = asked;
    const logged = { ...others, ...(name !== undefined && { pod: name }) };
    expect(refusals()[0]).toMatchObject({ audit: "pod", reason: "pod-not-found", node: NODE, ...logged });
    expect(harness.sandbox.sts.countAssumeRole()).toBe(0);
  });

  test("by its feed, which never carries another node's pod", async () => {
    const uid = victim();
    const own = harness.pod("shop-web");
    const token = harness.sandbox.agentToken(NODE);
    const client = brokerClient(caller(token));
    const call = client.watchNode({ nodeName: NODE, contractRevision: 1 }, bearing(token));
    const heard: string[] = [];
    call.on("data", (update) => heard.push(JSON.stringify(update)));
    call.on("error", () => {});
    await until(() => heard.some((update) => update.includes(own.uid)));
    harness.sandbox.kubernetes.workloads.updatePod("shop/victim", { metadata: { labels: { changed: "true" } } });
    const later = harness.pod("shop-web");
    await until(() => heard.some((update) => update.includes(later.uid)));
    expect(heard.join("")).not.toContain(uid);
    call.cancel();
    client.close();
  });

  test("by a token that was taken from its agent before the agent was replaced", async () => {
    const token = harness.sandbox.agentToken(OTHER_NODE);
    harness.sandbox.kubernetes.workloads.deletePod(agentPodOn(OTHER_NODE));
    expect(await everyCall(OTHER_NODE, token)).toEqual(refusedWith(status.UNAUTHENTICATED, "agent-gone"));
  });

  test("by a token of a machine that had its name", async () => {
    const token = harness.sandbox.agentToken(OTHER_NODE, { nodeUid: randomUUID() });
    expect(await everyCall(OTHER_NODE, token)).toEqual(refusedWith(status.UNAUTHENTICATED, "node-gone"));
  });

  test("by a token of a machine that is gone", async () => {
    const token = harness.sandbox.agentToken(OTHER_NODE);
    harness.sandbox.kubernetes.workloads.deleteNode(OTHER_NODE);
    expect(await everyCall(OTHER_NODE, token)).toEqual(refusedWith(status.UNAUTHENTICATED, "node-gone"));
  });

  test("by a certificate of its own node alone, whatever the token", async () => {
    const ofNode = await harness.sandbox.issue({ role: "agent", node: NODE });
    expect(await everyCall(OTHER_NODE, harness.sandbox.agentToken(OTHER_NODE), {}, ofNode)).toEqual(
      refusedWith(status.UNAUTHENTICATED, "certificate-of-another-node"),
    );
    expect((await everyCall(NODE, harness.sandbox.agentToken(NODE), {}, ofNode))[0]?.code).toBe(status.OK);
  });
});

describe("a genuine agent's token is worth nothing", () => {
  const refusedUnheard = (outcomes: readonly CallOutcome[]) => {
    expect(outcomes.map(({ code }) => code)).toEqual(Array(3).fill(status.UNAVAILABLE));
    expect(harness.sandbox.kubernetes.countRequests({ verb: "create", resource: "tokenreviews" })).toBe(0);
  };

  test.each<[string, () => Promise<Issued | "none">, string]>([
    [
      "without a certificate, as a pod that dials the server directly has it",
      async () => "none",
      "certificate-missing",
    ],
    ["with the server's certificate", () => harness.sandbox.issue({ role: "server" }), "certificate-of-another-role"],
    [
      "with an expired certificate",
      () => harness.sandbox.issue({ role: "agent", expired: true }),
      "certificate-expired",
    ],
    [
      "with a certificate of another authority",
      async () => (await createAuthority()).issue({ role: "agent" }),
      "certificate-not-trusted",
    ],
    [
      "with a certificate of another trust domain",
      () => harness.sandbox.issue({ role: "agent", trustDomain: "other" }),
      "certificate-of-another-trust-domain",
    ],
  ])("%s", async (_how, shown, reason) => {
    refusedUnheard(await everyCall(NODE, harness.sandbox.agentToken(NODE), {}, await shown()));
    expect(refusals()[0]).toMatchObject({ audit: "peer", reason });
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
      status.UNAUTHENTICATED,
      "not-an-agent",
    ],
    [
      "a token of the agents' name in another namespace",
      () => tokenOf({ namespace: "shop" }),
      status.UNAUTHENTICATED,
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

describe("a node feed ends with the identity that it was opened for:", () => {
  const opened = async () => {
    await harness.agent({ brokerPort: server.brokerPort });
    await until(() => harness.logLines.some((line) => line.includes("opened a node feed")));
  };
  const ended = async (reason: string) => {
    await until(() => harness.logLines.some((line) => line.includes("whose agent is one no longer")));
    expect(harness.logLines.find((line) => line.includes("whose agent is one no longer"))).toContain(reason);
  };

  test("when the agent's pod is deleted", async () => {
    await opened();
    harness.sandbox.kubernetes.workloads.deletePod(agentPodOn(NODE));
    await ended("agent-gone");
  });

  test("when its token expires and no newer one is shown", async () => {
    await harness.stop();
    const clock = new FakeClock(Date.now());
    harness = await Harness.start({ clock });
    server = await harness.server();
    await harness.untilReady(server);
    const token = () => harness.sandbox.agentToken(NODE, { expiresAtMs: clock.nowMs() + 600_000 });
    await harness.agent({
      brokerPort: server.brokerPort,
      token: token(),
      flags: ["--max-connection-age=24h"],
    });
    await until(() => harness.logLines.some((line) => line.includes("opened a node feed")));
    await clock.advance(400_000);
    writeFileSync(harness.sandbox.file(`token-${NODE}`), token());
    const reports = () => harness.sandbox.kubernetes.countRequests({ verb: "create", resource: "tokenreviews" });
    const before = reports();
    await until(async () => {
      await clock.advance(15_000);
      return reports() > before;
    });
    await clock.advance(300_000);
    expect(harness.logLines.join("")).not.toContain("whose agent is one no longer");
    await clock.advance(400_000);
    await ended("token-expired");
  });
});

test("on Kubernetes before 1.30, whose tokens name no node, the agent's pod says which it is", async () => {
  const token = tokenOf({ nodeName: undefined, nodeUid: undefined });
  expect((await everyCall(NODE, token))[0]?.code).toBe(status.OK);
  expect(await everyCall(OTHER_NODE, token)).toEqual(refusedWith(status.UNAUTHENTICATED, "node-mismatch"));
});

test("an agent's token proves its node, and the API server is asked once for all its calls", async () => {
  const [watched, asked, reported] = await everyCall(NODE, harness.sandbox.agentToken(NODE));
  expect([watched?.code, asked?.code, reported?.code]).toEqual([status.OK, status.NOT_FOUND, status.OK]);
  expect(harness.sandbox.kubernetes.countRequests({ verb: "create", resource: "tokenreviews" })).toBe(1);
  expect(harness.sandbox.kubernetes.countRequests({ verb: "get", resource: "nodes" })).toBe(1);
  expect(harness.logLines.filter((line) => line.includes("accepted a peer"))).toHaveLength(1);
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

test("with --agent-auth=certificate an agent is taken at its word, unless its certificate is of one node, and a warning says what that means", async () => {
  await server.stop();
  server = await harness.server({ flags: ["--agent-auth=certificate"] });
  await harness.untilReady(server);
  const [watched] = await everyCall(OTHER_NODE, undefined);
  expect(watched?.code).toBe(status.OK);
  const ofNode = await harness.sandbox.issue({ role: "agent", node: NODE });
  expect(await everyCall(OTHER_NODE, undefined, {}, ofNode)).toEqual(
    refusedWith(status.UNAUTHENTICATED, "certificate-of-another-node"),
  );
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
