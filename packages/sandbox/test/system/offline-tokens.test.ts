import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "../../src/clock/fake-clock.ts";
import { SigningKey } from "../../src/kubernetes/signing-key.ts";
import type { PodBinding } from "../../src/kubernetes/tokens.ts";
import { agentPodOn } from "../../src/system/agent-tokens.ts";
import { type BrokerCaller, everyCall, openFeed } from "../../src/system/broker-caller.ts";
import type { RunningServer } from "../../src/system/processes.ts";
import { TcpDoor } from "../../src/tcp/tcp-door.ts";
import { Harness, NODE, ROLE_LIST, until } from "./harness.ts";

const OTHER_NODE = "worker-2";

let harness: Harness;
let server: RunningServer;
/** The agent's on the node, which the server has seen. */
let genuine: string;

const start = async (options: { clock?: FakeClock; flags?: readonly string[] } = {}) => {
  const { clock, flags = [] } = options;
  harness = await Harness.start(clock && { clock });
  genuine = token();
  token({}, OTHER_NODE);
  server = await harness.server({ flags });
  await harness.untilReady(server);
  if (!flags.includes("--no-offline-tokens")) await until(async () => (await metric("token_keys")) === "1");
};
beforeEach(() => start());
afterEach(() => harness.stop());

const kubernetes = () => harness.sandbox.kubernetes;
const token = (change: Partial<PodBinding> = {}, node = NODE): string =>
  harness.sandbox.agentToken(node, { expiresAtMs: harness.sandbox.clock.nowMs() + 600_000, ...change });
const metric = async (name: string) =>
  new RegExp(`^rolecall_server_${name} (.*)$`, "m").exec(await (await fetch(`${server.adminUrl}/metrics`)).text())?.[1];
const proven = (proof: string) => metric(`tokens_proven_total{proof="${proof}"}`.replace(/[{}]/g, "\\$&"));
const audited = (): readonly Record<string, unknown>[] =>
  harness.logLines.map((line) => JSON.parse(line)).filter(({ audit }) => audit === "peer");

const pem = (name: string) => readFileSync(harness.sandbox.file(name), "utf8");
const caller = (shown: string): BrokerCaller => ({
  address: `localhost:${server.brokerPort}`,
  caPem: pem("ca.crt"),
  certificate: { keyPem: pem("agent.key"), certificatePem: pem("agent.crt") },
  token: shown,
});
const refusedWith = (code: number, reason: string) => Array(3).fill({ code, reason });

test("an agent that starts while the Kubernetes API is away gets its feed, and its token is asked about as soon as that is back", async () => {
  const pod = harness.pod("shop-web");
  await until(async () => (await metric("pods")) === "3");
  await kubernetes().refuseConnections();
  const agent = await harness.agent({ brokerPort: server.brokerPort, token: genuine });
  await harness.untilReady(agent);
  await until(async () => (await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).status === 200);
  expect(audited()).toMatchObject([{ outcome: "accepted", node: NODE, proof: "signature" }]);
  expect([await proven("token-review"), await proven("signature")]).toEqual(["0", "1"]);

  await kubernetes().acceptConnections();
  await until(() => audited().some(({ proof }) => proof === "token-review"));
  expect(harness.logLines.join("")).not.toContain("closed a node feed");
});

test("an agent that changes to a server which fell behind before the Kubernetes API went away keeps what its pods have since", async () => {
  const [toApi, toServers] = await Promise.all([TcpDoor.open(), TcpDoor.open()]);
  toApi.leadTo(kubernetes().port);
  writeFileSync(
    harness.sandbox.file("kubeconfig-behind"),
    kubernetes().kubeconfig().replace(`:${kubernetes().port}`, `:${toApi.port}`),
  );
  const behind = await harness.server({ flags: [`--kubeconfig=${harness.sandbox.file("kubeconfig-behind")}`] });
  const pod = harness.pod("shop-old");
  const knows = async ({ localApiUrl }: RunningServer, role: string) =>
    (await (await fetch(`${localApiUrl}/api/v1/fleet`)).text()).includes(`role/${role}"`);
  await until(() => knows(behind, "shop-old"));
  toApi.silence();
  kubernetes().workloads.updatePod(pod.ref, { metadata: { annotations: { "iam.amazonaws.com/role": "shop-new" } } });

  toServers.leadTo(server.brokerPort);
  const agent = await harness.agent({ brokerPort: toServers.port, token: genuine });
  const has = async (role: string) => (await harness.ask(pod, agent, `${ROLE_LIST}${role}`)).status === 200;
  await until(() => has("shop-new"));
  await kubernetes().refuseConnections();
  toServers.leadTo(behind.brokerPort);
  toServers.reset();
  await until(() => audited().some(({ outcome, proof }) => outcome === "accepted" && proof === "signature"));
  await harness.untilReady(agent);
  await until(async () => (await (await fetch(`${behind.adminUrl}/metrics`)).text()).includes("node_feeds 1"));
  expect([await has("shop-new"), await has("shop-old")]).toEqual([true, false]);
  await Promise.all([toApi.stop(), toServers.stop()]);
});

test("a signature is worth nothing while the Kubernetes API can be asked", async () => {
  kubernetes().tokens.revoke(genuine);
  expect(await everyCall(caller(genuine), NODE)).toEqual(refusedWith(status.UNAUTHENTICATED, "token-refused"));
  kubernetes().faults.failNext({ verb: "create", resource: "tokenreviews", status: 503, times: 10 });
  expect(await everyCall(caller(token()), NODE)).toEqual(refusedWith(status.UNAVAILABLE, "api-server-unavailable"));
  expect(await proven("signature")).toBe("0");
});

describe("while the Kubernetes API is away, nothing comes of", () => {
  const claims = (change: Partial<PodBinding> = {}) =>
    kubernetes().tokens.claimsOf({
      namespace: "rolecall",
      serviceAccountName: "rolecall-agent",
      podName: "rolecall-agent-worker-1",
      podUid: kubernetes().workloads.pod(agentPodOn(NODE))?.metadata.uid ?? "",
      nodeName: NODE,
      nodeUid: "node-uid",
      audiences: ["rolecall-server"],
      expiresAtMs: Date.now() + 600_000,
      ...change,
    });
  const encode = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const key = () => kubernetes().tokens.signingKey;
  const ofAnother = () => kubernetes().workloads.pod(agentPodOn(OTHER_NODE))?.metadata.uid ?? "";

  test.each<[string, () => string, number, string]>([
    ["a token that was made up", () => "made-up", status.UNAUTHENTICATED, "token-refused"],
    [
      "a token of another key under the API server's key's name",
      () => new SigningKey().sign(claims(), { kid: key().id }),
      status.UNAUTHENTICATED,
      "token-refused",
    ],
    [
      "a token without a signature",
      () => `${encode({ alg: "none", kid: key().id })}.${encode(claims())}.`,
      status.UNAUTHENTICATED,
      "token-refused",
    ],
    [
      "a genuine token whose claims were changed",
      () =>
        genuine
          .split(".")
          .with(1, encode(claims({ podUid: ofAnother(), nodeName: OTHER_NODE })))
          .join("."),
      status.UNAUTHENTICATED,
      "token-refused",
    ],
    [
      "a pod's token for the API itself",
      () => token({ audiences: ["https://kubernetes.default.svc"] }),
      status.UNAUTHENTICATED,
      "token-refused",
    ],
    [
      "a token that has expired",
      () => token({ expiresAtMs: Date.now() - 1_000 }),
      status.UNAUTHENTICATED,
      "token-refused",
    ],
    [
      "a token of another ServiceAccount",
      () => token({ serviceAccountName: "default" }),
      status.UNAUTHENTICATED,
      "not-an-agent",
    ],
    [
      "a token of the agents' name in another namespace",
      () => token({ namespace: "shop" }),
      status.UNAUTHENTICATED,
      "not-an-agent",
    ],
    [
      "a token of another node than its pod's",
      () => token({ nodeName: OTHER_NODE }),
      status.UNAUTHENTICATED,
      "node-gone",
    ],
    ["another node's own token", () => token({}, OTHER_NODE), status.UNAUTHENTICATED, "node-mismatch"],
    [
      "a token of a pod that the server does not know",
      () => token({ podUid: randomUUID() }),
      status.UNAVAILABLE,
      "api-server-unavailable",
    ],
    [
      "a token that names no node",
      () => token({ nodeName: undefined, nodeUid: undefined }),
      status.UNAVAILABLE,
      "api-server-unavailable",
    ],
    ["a token that never ends", () => token({ expiresAtMs: undefined }), status.UNAVAILABLE, "api-server-unavailable"],
    [
      "a token of a key that the server has not read",
      () => new SigningKey().sign(claims()),
      status.UNAVAILABLE,
      "api-server-unavailable",
    ],
  ])("%s, but an audit line", async (_what, shown, code, reason) => {
    await kubernetes().refuseConnections();
    expect(await everyCall(caller(shown()), NODE)).toEqual(refusedWith(code, reason));
    expect(audited()[0]).toMatchObject({ outcome: "refused", reason, node: NODE, detail: expect.any(String) });
    expect(await proven("signature")).toBe(code === status.UNAUTHENTICATED && reason === "node-mismatch" ? "1" : "0");
  });

  test("the token of an agent whose pod the server has seen go", async () => {
    kubernetes().workloads.deletePod(agentPodOn(NODE));
    await until(async () => (await metric("pods")) === "1");
    await kubernetes().refuseConnections();
    expect(await everyCall(caller(genuine), NODE)).toEqual(refusedWith(status.UNAVAILABLE, "api-server-unavailable"));
  });
});

test("the token of a pod that is deleted while the Kubernetes API is away is worth its node until that is back, and no longer", async () => {
  await kubernetes().refuseConnections();
  kubernetes().workloads.deletePod(agentPodOn(NODE));
  const feed = openFeed(caller(genuine), NODE);
  await feed.live;
  await kubernetes().acceptConnections();
  expect(await feed.ended).toEqual({ code: status.UNAUTHENTICATED, reason: "agent-gone" });
  expect(await everyCall(caller(genuine), NODE)).toEqual(refusedWith(status.UNAUTHENTICATED, "agent-gone"));
});

test("a feed that a signature opened ends where its agent does not show its token again once the Kubernetes API is back", async () => {
  await harness.stop();
  const clock = new FakeClock(Date.now());
  await start({ clock });
  await kubernetes().refuseConnections();
  const feed = openFeed(caller(genuine), NODE);
  await feed.live;
  await clock.advance(60_000);
  await kubernetes().acceptConnections();
  const ended = feed.ended.then((outcome) => ({ outcome }));
  let so: { outcome: unknown } | undefined;
  await until(async () => {
    await clock.advance(1_000);
    so = await Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1))]);
    return so !== undefined;
  });
  expect(so?.outcome).toEqual({ code: status.UNAUTHENTICATED, reason: "token-not-shown-again" });
});

test("with --no-offline-tokens an agent that starts while the Kubernetes API is away has to wait, and no key is read", async () => {
  await harness.stop();
  await start({ flags: ["--no-offline-tokens"] });
  expect(kubernetes().countRequests({ resource: "/openid/v1/jwks" })).toBe(0);
  await kubernetes().refuseConnections();
  expect(await everyCall(caller(genuine), NODE)).toEqual(refusedWith(status.UNAVAILABLE, "api-server-unavailable"));
});

test("a server that may not read the keys names the right, and takes no signature", async () => {
  await harness.stop();
  harness = await Harness.start();
  genuine = token();
  kubernetes().access.deny({ resource: "/openid/v1/jwks" });
  server = await harness.server();
  await until(async () => (await (await fetch(`${server.adminUrl}/readyz`)).text()).includes("nonResourceURLs"));
  await until(async () => (await metric("pods")) === "1");
  await kubernetes().refuseConnections();
  expect(await everyCall(caller(genuine), NODE)).toEqual(refusedWith(status.UNAVAILABLE, "api-server-unavailable"));
  expect(audited()[0]).toMatchObject({ detail: expect.stringContaining("has not been able to read") });
});
