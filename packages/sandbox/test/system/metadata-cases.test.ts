import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Harness, ROLE_LIST, roleArn, until } from "./harness.ts";

/** The cases of the metadata contract that need a server and STS behind the agent. The others are the agent's own tests. */
let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

test("case 31: 50 cold requests at once cost exactly one AssumeRole", async () => {
  const { agent } = await harness.both();
  const pod = harness.pod("shop-web");
  const answers = await Promise.all(Array.from({ length: 50 }, () => harness.ask(pod, agent, `${ROLE_LIST}shop-web`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(harness.sandbox.sts.countAssumeRole()).toBe(1);
});

test("case 32: with STS slow by 300 ms the first list and credentials of a cold pod are answered", async () => {
  const { agent } = await harness.both();
  harness.sandbox.sts.faults.latencyMs = 300;
  const pod = harness.pod("shop-web");
  expect(await harness.ask(pod, agent)).toEqual({ status: 200, body: "shop-web" });
  expect((await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).status).toBe(200);
});

test("case 33: with STS down, credentials that live are still handed out", async () => {
  const { agent } = await harness.both();
  const pod = harness.pod("shop-web");
  const before = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
  await harness.sandbox.sts.refuseConnections();
  expect(await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).toEqual(before);
  expect(before.status).toBe(200);
});

test("case 34: with STS down and nothing held, the list is an empty 503, and it heals when STS is back", async () => {
  const { agent } = await harness.both();
  await harness.sandbox.sts.refuseConnections();
  const pod = harness.pod("shop-web");
  expect(await harness.ask(pod, agent)).toEqual({ status: 503, body: "" });
  await harness.sandbox.sts.acceptConnections();
  await until(async () => (await harness.ask(pod, agent)).body === "shop-web");
});

test("case 36: throttling is retried; a refusal is asked about once, however many pods want the role", async () => {
  const { agent } = await harness.both();
  const { sts } = harness.sandbox;
  sts.roles.deny(roleArn("shop-denied"));
  const pods = Array.from({ length: 20 }, () => harness.pod("shop-denied"));
  const answers = await Promise.all(pods.map((pod) => harness.ask(pod, agent)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(sts.countAssumeRole(roleArn("shop-denied"))).toBe(1);

  sts.faults.throttle(1);
  const throttled = harness.pod("shop-web");
  await until(async () => (await harness.ask(throttled, agent)).body === "shop-web");
  expect(sts.countAssumeRole(roleArn("shop-web"))).toBe(2);
});

test("case 37: a new role annotation shows in the list, and the old name is 404", async () => {
  const { agent } = await harness.both();
  const pod = harness.pod("shop-web");
  expect((await harness.ask(pod, agent)).body).toBe("shop-web");
  const annotations = { "iam.amazonaws.com/role": "shop-api" };
  harness.sandbox.kubernetes.workloads.updatePod(pod.ref, { metadata: { annotations } });
  await until(async () => (await harness.ask(pod, agent)).body === "shop-api");
  expect(await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).toEqual({ status: 404, body: "" });
});
