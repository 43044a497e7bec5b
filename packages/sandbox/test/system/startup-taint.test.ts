import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Harness, NODE, until } from "./harness.ts";

const OURS = { key: "rolecall.dev/agent-not-ready", effect: "NoSchedule" };
const OTHER = { key: "example.com/maintenance", effect: "NoSchedule" };

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
  for (const node of [NODE, "worker-2"]) {
    if (node !== NODE) harness.sandbox.kubernetes.workloads.createNode(node);
    harness.sandbox.kubernetes.workloads.setTaints(node, [OURS, OTHER]);
  }
});
afterEach(() => harness.stop());

const taintsOf = (node: string) => harness.sandbox.kubernetes.workloads.taintsOf(node);

test("the server lifts the startup taint of the node whose agent can answer, and no other taint, and no other node's", async () => {
  const server = await harness.server({ flags: ["--lift-startup-taint"] });
  await harness.untilReady(server);
  expect(taintsOf(NODE)).toEqual([OURS, OTHER]);
  await harness.agent({ brokerPort: server.brokerPort });
  await until(() => taintsOf(NODE).length === 1);
  expect(taintsOf(NODE)).toEqual([OTHER]);
  expect(taintsOf("worker-2")).toEqual([OURS, OTHER]);
});

test("a server that may not patch nodes is not ready and says so", async () => {
  harness.sandbox.kubernetes.access.deny({ resource: "nodes", verb: "patch" });
  const server = await harness.server({ flags: ["--lift-startup-taint"] });
  await until(() => harness.logLines.some((line) => line.includes("cannot patch nodes")));
  expect((await fetch(`${server.adminUrl}/readyz`)).status).toBe(503);
});

test("a server that is not told to never touches a node", async () => {
  const { agent } = await harness.both();
  await harness.untilReady(agent);
  expect(harness.sandbox.kubernetes.countRequests({ resource: "nodes", verb: "patch" })).toBe(0);
});
