import { strict as assert } from "node:assert";
import type { Cluster } from "../../cluster/cluster.ts";
import { clientArchive } from "../../cluster/images.ts";
import { untilAccountsExist } from "../../support/cluster-waits.ts";
import { eventually } from "../../support/eventually.ts";
import { PodClients } from "../../support/pod-clients.ts";
import type { Report } from "../../support/report.ts";
import { type Cloud, startCloud } from "../main-path/cloud.ts";
import { Processes } from "../main-path/processes.ts";
import { aNamespace, aPod } from "../main-path/test-pods.ts";
import { addressReuse } from "./address-reuse.ts";
import { hammering } from "./hammering.ts";
import { NodeRules } from "./node-rules.ts";
import { bothFlushed, tellTheTruth } from "./outcomes.ts";
import { CREDENTIAL_STATES, NEIGHBOUR, NODE, Restarted, roleArn, Scene, type SceneParts, WORKERS } from "./scene.ts";

/** Of both workers, those of the truth table among them. */
const PODS = 60;

/** Interception that cannot fail open: everything that can break does, while a metadata service gives the node's role away. */
export async function interception(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  const clients = new PodClients();
  try {
    const processes = await Processes.prepare(cluster, cloud);
    await cluster.importImage(clientArchive());
    await placePods(cluster, cloud, clients);
    await oldConnection(report, cluster, clients);
    const scene = await startAll({ report, cluster, cloud, processes, clients });
    await tellTheTruth(scene);
    await bothFlushed(scene);
    await hammering(scene);
    await addressReuse(scene);
  } finally {
    clients.end();
    await cloud.stop();
  }
}

async function placePods(cluster: Cluster, { sts }: Cloud, clients: PodClients): Promise<void> {
  sts.roles.set(roleArn("expired"), { endsAfterSeconds: 15 });
  sts.roles.deny(roleArn("none"));
  await cluster.apply([aNamespace("shop", roleArn(".*"))]);
  await untilAccountsExist(cluster, ["shop"]);
  const named = CREDENTIAL_STATES.map((name) => ({ name, role: name, node: NODE }));
  const others = Array.from({ length: PODS - named.length }, (_, index) => ({
    name: `pod-${index}`,
    role: `role-${index % 10}`,
    node: WORKERS[index % WORKERS.length] ?? NODE,
  }));
  await cluster.apply([...named, ...others].map(aPod));
  await cluster.waitForPods({ namespace: "shop", count: PODS, until: "ready", timeoutMs: 120_000 });
  const pids = await cluster.podPids("shop");
  for (const { name, role } of [...named, ...others]) await clients.add(name, pids.get(name) ?? 0, role);
}

async function oldConnection(report: Report, cluster: Cluster, clients: PodClients): Promise<void> {
  await report.case("a connection that a pod opened before there was a guard dies at its next packet", async () => {
    assert.equal(await clients.open("valid"), "200");
    assert.deepEqual(await clients.ask(["valid"]), { valid: "node-role" });
    await cluster.node(NODE).exec([process.execPath, "dist/keeper/main.cjs", "guard"], { cwd: process.cwd() });
    assert.equal(await clients.reuse("valid"), "refused");
    assert.deepEqual(await clients.ask(["valid"]), { valid: "refused" });
  });
}

async function startAll(parts: Omit<SceneParts, "rules" | "servers" | "agents" | "neighbours">): Promise<Scene> {
  const { cluster, cloud, processes, clients, report } = parts;
  const servers = new Restarted(() => processes.startServer());
  const agents = new Restarted(() => processes.startAgent(NODE));
  const neighbours = new Restarted(() => processes.startAgent(NEIGHBOUR));
  await servers.start();
  for (const node of WORKERS) await processes.startKeeper(node);
  await neighbours.start();
  await agents.start();
  await report.case("every pod has its own role", async () => {
    await eventually({ what: "valid credentials" }, async () => (await clients.ask(["valid"]))["valid"] === "role");
    await eventually({ what: "credentials that will expire" }, async () => {
      const { expired } = await clients.ask(["expired"]);
      return expired === "role" || expired === "503";
    });
  });
  cloud.sts.roles.deny(roleArn("expired"));
  await eventually({ what: "expired credentials" }, async () => (await clients.ask(["expired"]))["expired"] === "503");
  const rules = await NodeRules.whenWhole(cluster.node(NODE));
  const scene = new Scene({ ...parts, rules, servers, agents, neighbours });
  await scene.untilReady();
  return scene;
}
