import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { PodReport } from "@rolecall/server/domain/fleet/pod-report";
import type { RunningServer } from "../../src/system/processes.ts";
import { Harness, NODE, ROLE_LIST, roleArn, until } from "./harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

const fleetOf = async ({ localApiUrl }: RunningServer) =>
  (await (await fetch(`${localApiUrl}/api/v1/fleet`)).json()) as FleetReport;

const podOf = async ({ localApiUrl }: RunningServer, ref: string) =>
  (await (await fetch(`${localApiUrl}/api/v1/pods/${ref}`)).json()) as PodReport;

test("the fleet is told with its nodes, pods, assumptions and refusals, and no secret", async () => {
  const { server, agent } = await harness.both();
  const pod = harness.pod("shop-web");
  const { body } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
  harness.pod("admin");
  harness.pod(undefined);
  await until(async () => (await fleetOf(server)).refusals.length > 0);
  const response = await fetch(`${server.localApiUrl}/api/v1/fleet`);
  const answered = await response.text();
  const fleet = JSON.parse(answered) as FleetReport;

  expect(fleet.server).toMatchObject({ serving: true, region: "us-east-1", roleBaseArn: roleArn("") });
  expect(fleet.counts).toEqual({
    // The agent's own among them.
    pods: 4,
    verdicts: { granted: 1, "role-not-permitted": 1, none: 2 },
    assumptions: { fresh: 1 },
  });
  expect(fleet.nodes).toMatchObject([{ node: NODE, feed: { agentVersion: fleet.server.version } }]);
  expect(fleet.pods).toMatchObject([
    { namespace: "shop", node: NODE, verdict: "granted", roleArn: roleArn("shop-web") },
    { namespace: "shop", node: NODE, verdict: "role-not-permitted" },
  ]);
  expect(fleet.assumptions).toMatchObject([{ id: fleet.pods[0]?.assumption, state: "fresh", hasExternalId: false }]);
  expect(fleet.refusals).toMatchObject([{ namespace: "shop", node: NODE, reason: "role-not-permitted" }]);
  expect(fleet.certificates).toHaveLength(1);
  const { AccessKeyId, SecretAccessKey, Token } = JSON.parse(body) as Record<string, string>;
  for (const secret of [AccessKeyId, SecretAccessKey, Token]) expect(answered).not.toContain(secret);
});

test("a pod's way is told from its annotation to the report of its node", async () => {
  const { server } = await harness.both();
  const { ref, uid, ip } = harness.pod("shop-web");
  await until(async () => (await podOf(server, ref)).assumption?.state === "fresh");
  expect(await podOf(server, ref)).toMatchObject({
    pod: { uid, node: NODE, ips: [ip], role: "shop-web" },
    permitted: roleArn("shop-.*"),
    verdict: { kind: "granted", roleArn: roleArn("shop-web") },
    assumption: { state: "fresh" },
    feed: { connectedSince: expect.any(String) },
  });
  expect(Object.keys(await podOf(server, "shop/nobody"))).toEqual(["server", "permitted"]);
});

test("a node whose agent has gone is told without its feed", async () => {
  const { server, agent } = await harness.both();
  const { ref } = harness.pod("shop-web");
  await until(async () => (await podOf(server, ref)).feed !== undefined);
  await agent.stop();
  await until(async () => (await podOf(server, ref)).feed === undefined);
});

test("STS is tried at once for a pod that is granted a role, a few times in a row", async () => {
  const { server } = await harness.both();
  const denied = harness.pod("admin");
  const pod = harness.pod("shop-web");
  const attempt = async (ref: string) => {
    const answer = await fetch(`${server.localApiUrl}/api/v1/pods/${ref}/assume-role`, { method: "POST" });
    return [answer.status, await answer.json()];
  };
  await until(async () => (await podOf(server, pod.ref)).assumption?.state === "fresh");
  expect(await attempt(pod.ref)).toEqual([200, { kind: "credentials", expiresAt: expect.any(String) }]);
  harness.sandbox.sts.roles.deny(roleArn("shop-web"));
  expect(await attempt(pod.ref)).toMatchObject([200, { kind: "failed", reason: "sts-access-denied" }]);
  expect(await attempt(denied.ref)).toEqual([409, { kind: "not-granted" }]);
  expect(await attempt("shop/nobody")).toEqual([404, { kind: "not-found" }]);
  const statuses = await Promise.all(Array.from({ length: 6 }, () => attempt(pod.ref)));
  expect(statuses.filter(([status]) => status === 429).length).toBeGreaterThanOrEqual(3);
});

test("what a page of another site sends is refused, and so is what is no path of it", async () => {
  const server = await harness.server();
  const status = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${server.localApiUrl}${path}`, init)).status;
  expect(await status("/api/v1/fleet", { headers: { origin: "https://example.com" } })).toBe(403);
  expect(await status("/api/v1/fleet", { method: "POST" })).toBe(405);
  expect(await status("/api/v1/pods/shop/web/assume-role")).toBe(405);
  expect(await status("/metrics")).toBe(404);
  expect(await status("/api/v1/pods/%zz/%00")).toBe(200);
});

test("it cannot be told to listen where pods could reach it", async () => {
  await expect(harness.server({ flags: ["--local-api-address=0.0.0.0:0"] })).rejects.toThrow(
    /--local-api-address.*127/,
  );
});
