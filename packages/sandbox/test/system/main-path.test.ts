import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { writeCniResult, writeHalf } from "../../src/files/cni-results.ts";
import { Harness, NODE, ROLE_LIST, roleArn, until } from "./harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

describe("a pod's first request", () => {
  test("is answered with its own role, before the API server knows its address", async () => {
    const { agent } = await harness.both();
    const pod = harness.pod("shop-web", "shop", { known: false });
    expect(await harness.ask(pod, agent)).toEqual({ status: 200, body: "shop-web" });
    const { status, body } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
    expect([status, JSON.parse(body)]).toMatchObject([200, { Code: "Success", Type: "AWS-HMAC" }]);
  });

  test("is answered where the server's watch lags behind the node", async () => {
    const { agent } = await harness.both();
    harness.sandbox.kubernetes.watches.pause("pods");
    const pod = harness.pod("shop-web");
    expect(await harness.ask(pod, agent)).toEqual({ status: 200, body: "shop-web" });
  });

  test("costs one AssumeRole, however many pods of the role start together", async () => {
    const { agent } = await harness.both();
    const pods = Array.from({ length: 40 }, () => harness.pod("shop-web"));
    const answers = await Promise.all(pods.map((pod) => harness.ask(pod, agent)));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(["shop-web"]));
    expect(harness.sandbox.sts.countAssumeRole()).toBe(1);
  });

  test("from an address that no pod owns is held and then refused with an empty 503", async () => {
    const { agent } = await harness.both();
    expect(await harness.ask({ ip: "127.0.3.1" }, agent)).toEqual({ status: 503, body: "" });
  });
});

describe("a pod gets nothing", () => {
  test.each([
    ["without an annotation", undefined, "shop", []],
    ["in a namespace that permits nothing", "shop-web", "lab", ["RoleForbidden"]],
    ["with a role that its namespace does not permit", "admin", "shop", ["RoleForbidden"]],
    ["with a role that has spaces", "shop web", "shop", ["InvalidRole"]],
    ["with a malformed ARN", "arn:aws:iam::1:role/x", "shop", ["InvalidRole"]],
    ["with an annotation of two megabytes", "x".repeat(2_000_000), "shop", ["InvalidRole"]],
  ])("%s", async (_how, role, namespace, events) => {
    const { agent } = await harness.both();
    const pod = harness.pod(role, namespace);
    const other = harness.pod("shop-web");
    // Two megabytes may take longer to read than a request is held.
    await until(async () => (await harness.ask(pod, agent)).status !== 503);
    expect(await harness.ask(pod, agent)).toEqual({ status: 404, body: "" });
    expect(await harness.ask(other, agent)).toEqual({ status: 200, body: "shop-web" });
    await until(() => harness.events(pod).length === events.length);
    expect(harness.events(pod)).toEqual(events);
  });

  test("in a namespace whose policy is no regular expression, and others are not affected", async () => {
    const { workloads } = harness.sandbox.kubernetes;
    workloads.createNamespace("broken", { annotations: { "iam.amazonaws.com/permitted": "(" } });
    const { agent } = await harness.both();
    const pod = harness.pod("shop-web", "broken");
    expect(await harness.ask(pod, agent)).toEqual({ status: 404, body: "" });
    expect(await harness.ask(harness.pod("shop-web"), agent)).toEqual({ status: 200, body: "shop-web" });
    await until(() => harness.events(pod).includes("InvalidNamespacePolicy"));
  });
});

describe("a change reaches the node", () => {
  test("of the role: the old name is gone", async () => {
    const { agent } = await harness.both();
    const pod = harness.pod("shop-web");
    expect((await harness.ask(pod, agent)).body).toBe("shop-web");
    harness.sandbox.kubernetes.workloads.updatePod(pod.ref, {
      metadata: { annotations: { "iam.amazonaws.com/role": "shop-api" } },
    });
    await until(async () => (await harness.ask(pod, agent)).body === "shop-api");
    expect(await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).toEqual({ status: 404, body: "" });
  });

  test("of the namespace's policy", async () => {
    const { agent } = await harness.both();
    const pod = harness.pod("shop-web");
    expect((await harness.ask(pod, agent)).status).toBe(200);
    harness.sandbox.kubernetes.workloads.updateNamespace("shop", {
      metadata: { annotations: { "iam.amazonaws.com/permitted": "" } },
    });
    await until(async () => (await harness.ask(pod, agent)).status === 404);
  });

  test("of kube2iam's policy, where the operator heeds it", async () => {
    const server = await harness.server({ flags: ["--allowed-roles"] });
    const agent = await harness.agent({ brokerPort: server.brokerPort });
    await harness.untilReady(agent);
    const { workloads } = harness.sandbox.kubernetes;
    workloads.createNamespace("moved", { annotations: { "iam.amazonaws.com/allowed-roles": '["other"]' } });
    const pod = harness.pod("shop-web", "moved");
    expect((await harness.ask(pod, agent)).status).toBe(404);
    workloads.updateNamespace("moved", {
      metadata: { annotations: { "iam.amazonaws.com/allowed-roles": '["shop-*"]' } },
    });
    await until(async () => (await harness.ask(pod, agent)).body === "shop-web");
  });

  test("of what a namespace says of session tokens, where the operator lets it", async () => {
    const server = await harness.server();
    const agent = await harness.agent({ brokerPort: server.brokerPort, flags: ["--imds-tokens-by-namespace"] });
    await harness.untilReady(agent);
    const pod = harness.pod("shop-web");
    expect(await harness.askWithoutToken(pod, agent)).toEqual({ status: 401, body: "" });
    harness.sandbox.kubernetes.workloads.updateNamespace("shop", {
      metadata: { annotations: { "iam.amazonaws.com/imds-tokens": "optional" } },
    });
    await until(async () => (await harness.askWithoutToken(pod, agent)).body === "shop-web");
  });

  test("of a watch that is cut and a history that is compacted meanwhile", async () => {
    const { agent } = await harness.both();
    const { kubernetes } = harness.sandbox;
    await kubernetes.refuseConnections();
    kubernetes.watches.cut();
    const pod = harness.pod("shop-web", "shop", { known: false });
    kubernetes.compact();
    await kubernetes.acceptConnections();
    await until(async () => (await harness.ask(pod, agent)).body === "shop-web");
  });
});

describe("while something is away", () => {
  test("all servers: pods keep their credentials, and a new server asks STS for nothing that agents hold", async () => {
    const { server, agent } = await harness.both();
    const pod = harness.pod("shop-web");
    expect((await harness.ask(pod, agent)).status).toBe(200);
    await server.stop();
    expect(await harness.ask(pod, agent)).toEqual({ status: 200, body: "shop-web" });

    await harness.server({ flags: [`--listen-address=127.0.0.1:${server.brokerPort}`] });
    const later = harness.pod("shop-api");
    await until(async () => (await harness.ask(later, agent)).body === "shop-api");
    expect(await harness.ask(pod, agent)).toEqual({ status: 200, body: "shop-web" });
    expect(harness.sandbox.sts.countAssumeRole(roleArn("shop-web"))).toBe(1);
  });

  test("the agent: a new one of the same node has everything from the server again", async () => {
    const { server, agent } = await harness.both();
    const pod = harness.pod("shop-web");
    expect((await harness.ask(pod, agent)).status).toBe(200);
    await agent.stop();
    const next = await harness.agent({ brokerPort: server.brokerPort });
    await until(async () => (await harness.ask(pod, next)).body === "shop-web");
    expect(harness.sandbox.sts.countAssumeRole()).toBe(1);
  });

  test("first the servers and then the agent: what an agent held is asked for anew by the next", async () => {
    const { server, agent } = await harness.both();
    const pod = harness.pod("shop-web");
    expect((await harness.ask(pod, agent)).status).toBe(200);
    await server.stop();
    const back = await harness.server({ flags: [`--listen-address=127.0.0.1:${server.brokerPort}`] });
    await until(() => harness.logLines.filter((line) => line.includes("opened a node feed")).length === 2);
    await agent.stop();
    const next = await harness.agent({ brokerPort: back.brokerPort });
    await until(async () => (await harness.ask(pod, next)).body === "shop-web");
  });

  test("STS refuses a role: the list is an empty 503, an Event says so, and it heals by itself for others", async () => {
    const { agent } = await harness.both();
    harness.sandbox.sts.roles.deny(roleArn("shop-web"));
    const pod = harness.pod("shop-web");
    expect(await harness.ask(pod, agent)).toEqual({ status: 503, body: "" });
    await until(() => harness.events(pod).includes("AssumeRoleFailed"));
    expect(harness.logLines.join("")).toMatch(/"reason":"sts-access-denied".*"msg":"STS gave no credentials"/);
    expect(await harness.ask(harness.pod("shop-api"), agent)).toEqual({ status: 200, body: "shop-api" });
  });

  test("STS hangs: the pod is answered 503 in time, and others are not held up", async () => {
    const { agent } = await harness.both();
    expect((await harness.ask(harness.pod("shop-api"), agent)).status).toBe(200);
    const hanging = harness.sandbox.sts.faults.hang();
    const pod = harness.pod("shop-web");
    expect(await harness.ask(pod, agent)).toEqual({ status: 503, body: "" });
    expect((await harness.ask(harness.pod("shop-api"), agent)).status).toBe(200);
    hanging();
    await until(async () => (await harness.ask(pod, agent)).body === "shop-web");
  });

  test("half a record of a pod's address: it is read again when it is whole", async () => {
    const { agent } = await harness.both();
    const { kubernetes, cniResults } = harness.sandbox;
    const { uid } = kubernetes.workloads.createPod({
      namespace: "shop",
      name: "slow",
      nodeName: NODE,
      annotations: { "iam.amazonaws.com/role": "shop-web" },
    }).metadata;
    const record = { containerId: "slow", podUid: uid, namespace: "shop", name: "slow", ips: ["127.0.3.9"] };
    writeHalf(cniResults(NODE), record);
    expect((await harness.ask({ ip: "127.0.3.9" }, agent)).status).toBe(503);
    writeCniResult(cniResults(NODE), record);
    expect(await harness.ask({ ip: "127.0.3.9" }, agent)).toEqual({ status: 200, body: "shop-web" });
  });
});

test("no secret is ever logged or exported as a metric", async () => {
  const server = await harness.server({ flags: ["--log-level=debug"] });
  const agent = await harness.agent({ brokerPort: server.brokerPort, flags: ["--log-level=debug"] });
  await harness.untilReady(agent);
  const pod = harness.pod("shop-web");
  const { body } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
  const { SecretAccessKey, Token } = JSON.parse(body) as { SecretAccessKey: string; Token: string };
  const metrics = await Promise.all(
    [server, agent].map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()),
  );
  const written = [...harness.logLines, ...metrics].join("\n");
  expect(written).toContain("granted a role to a pod");
  for (const secret of [SecretAccessKey, Token]) expect(written).not.toContain(secret);
});
