import { strict as assert } from "node:assert";
import type { Cluster } from "../../cluster/cluster.ts";
import { buildImages } from "../../images/build-images.ts";
import { eventOn } from "../../support/cluster-waits.ts";
import { eventually } from "../../support/eventually.ts";
import type { Report } from "../../support/report.ts";
import type { Tally } from "../install/ask-steadily.ts";
import { Crowd } from "../install/crowd.ts";
import { Helm, NAMESPACE, RELEASE } from "../install/helm.ts";
import { inPod, note, roleSession, type Scene, WORKERS } from "../install/scene.ts";
import { describeTallies, failures } from "../install/steady-load.ts";
import { prepareCluster } from "../install/suite.ts";
import { installedPods, logsOf, unreadyPodLogs } from "../install/workloads.ts";
import { startCloud } from "../main-path/cloud.ts";
import { aPod, ROLE_LIST } from "../main-path/test-pods.ts";
import { CertManager, installKinds } from "./cert-manager.ts";
import { hurryKubelets, pausesSince, refusedSince, shownByServers, untilAgentsConnect, untilTaken } from "./in-use.ts";

const AUTHORITY = `${RELEASE}-authority`;
const SERVER = `${RELEASE}-server`;
const AGENT = `${RELEASE}-agent`;

/** A feed that ends is asked for again within this time. */
const AT_ONCE_MS = 200;

/** The chart with `tls.mode: cert-manager` and cert-manager's own controllers, which renew its certificates under load. */
export async function certManagerSuite(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  let certManager: CertManager | undefined;
  try {
    await prepareCluster(cluster, await buildImages());
    await installKinds(cluster);
    const helm = new Helm(cluster, {
      "aws.stsEndpoint": cloud.sts.url,
      "tls.mode": "cert-manager",
      // So that new certificates reach connections within the suite's time.
      "server.maxConnectionAge": "15s",
    });
    const scene: Scene = { report, cluster, cloud, helm };
    certManager = await installBeforeIssuance(scene);
    await renewals(scene, certManager);
  } finally {
    await certManager?.stop();
    await cloud.stop();
  }
}

/** A pod on each worker from before the install. */
const EARLY = ["early-1", "early-2"];

async function installBeforeIssuance(scene: Scene): Promise<CertManager | undefined> {
  const { report, cluster, helm } = scene;
  let certManager: CertManager | undefined;

  await report.case("before a certificate is issued servers and agents say what they wait for", async () => {
    await cluster.apply(EARLY.map((name, index) => aPod({ name, role: "web", node: WORKERS[index] ?? "" })));
    await helm.installUnwaited();
    const servers = await eventually({ what: "servers on their node" }, async () => {
      const placed = (await installedPods(cluster, "server")).filter(({ node }) => node !== "");
      return placed.length === 2 && placed;
    });
    const waits = new RegExp(`secret "${SERVER}-issued" not found`);
    for (const { name } of servers) await eventOn(cluster, NAMESPACE, name, "FailedMount", waits);
    await unreadyPodLogs(cluster, "agent", /^--tls-cert .*ENOENT/);
  });

  await report.case("and the guard stands already: no pod has the node's role", async () => {
    await cluster.waitForPods({ namespace: "shop", until: "ready", count: EARLY.length });
    for (const name of EARLY) {
      await eventually({ what: `a guard in the way of ${name}` }, async () => {
        return (await inPod(scene, name).getWithoutToken(ROLE_LIST)).status === 0;
      });
    }
  });

  await report.case("once they are issued everything starts by itself, and pods have their roles", async () => {
    certManager = await CertManager.start(cluster);
    const begin = performance.now();
    await helm.upgrade();
    note(`ready ${((performance.now() - begin) / 1_000).toFixed(1)} s after cert-manager's start`);
    for (const name of EARLY) assert.equal(await inPod(scene, name).callerIdentity(), roleSession("web"));
  });
  return certManager;
}

async function renewals(scene: Scene, certManager: CertManager | undefined): Promise<void> {
  const { report, cluster } = scene;
  if (certManager === undefined) return;

  await report.case("servers and agents know each other by what was issued", async () => {
    assert.deepEqual(new Set(await shownByServers(cluster)), new Set([await certManager.issued(SERVER)]));
    await untilAgentsConnect(cluster, new Date(0), await certManager.issued(AGENT));
  });

  const crowd = await Crowd.gather(cluster);
  const before = await restarts(cluster);

  await report.case(
    "both certificates renewed under load: no request fails, each feed is back at once, new pods have their roles",
    () =>
      unnoticed(scene, crowd, async () => {
        const begin = performance.now();
        const [server, agent] = [await certManager.renew(SERVER), await certManager.renew(AGENT)];
        await serversTake(cluster, server);
        await agentsTake(cluster, agent);
        note(`in use everywhere after ${((performance.now() - begin) / 1_000).toFixed(0)} s`);
        await newPodsHaveRoles(scene, "renewed");
      }),
  );

  await report.case(
    "the authority renewed under load: who has only the old one and who has only the new one know each other",
    () =>
      unnoticed(scene, crowd, async () => {
        const old = await certManager.authority(AUTHORITY);
        await certManager.renew(AUTHORITY);
        const renewed = await certManager.authority(AUTHORITY);
        assert.notEqual(renewed.serial, old.serial);
        assert.equal(renewed.key, old.key);

        const server = await certManager.renew(SERVER);
        assert.equal(await certManager.trusted(SERVER), renewed.serial);
        assert.equal(await certManager.trusted(AGENT), old.serial);
        await hurryKubelets(cluster, "server");
        await serversTake(cluster, server);
        await untilAgentsConnect(cluster, new Date());
        await newPodsHaveRoles(scene, "between");

        const agent = await certManager.renew(AGENT);
        await hurryKubelets(cluster, "agent");
        await agentsTake(cluster, agent);
        await newPodsHaveRoles(scene, "of-new-authority");
      }),
  );

  await report.case(
    "an authority with another key under load: no request fails, and feeds are back when both ends have it",
    async () => {
      const old = await certManager.authority(AUTHORITY);
      const tally = await crowd.asks(async () => {
        await certManager.loseSecret(AUTHORITY);
        assert.notEqual((await certManager.authority(AUTHORITY)).key, old.key);
        const [server, agent] = [await certManager.renew(SERVER), await certManager.renew(AGENT)];
        await Promise.all([hurryKubelets(cluster, "server"), hurryKubelets(cluster, "agent")]);
        await serversTake(cluster, server);
        await agentsTake(cluster, agent);
        await newPodsHaveRoles(scene, "of-new-key");
      });
      note(describeTallies([tally]));
      assert.equal(failures(tally), 0);
    },
  );

  await report.case("no process was started again for any of it, and no key was logged", async () => {
    assert.deepEqual(await restarts(cluster), before);
    for (const component of ["server", "agent"] as const) {
      assert.doesNotMatch(await logsOf(cluster, component), /PRIVATE KEY/);
    }
  });
}

const restarts = async (cluster: Cluster) =>
  [...(await installedPods(cluster, "server")), ...(await installedPods(cluster, "agent"))].map(
    ({ name, restarts: count }) => `${name}: ${count}`,
  );

async function serversTake(cluster: Cluster, serial: string): Promise<void> {
  await untilTaken(cluster, "server", serial);
  assert.deepEqual(new Set(await shownByServers(cluster)), new Set([serial]));
}

async function agentsTake(cluster: Cluster, serial: string): Promise<void> {
  await untilTaken(cluster, "agent", serial);
  await untilAgentsConnect(cluster, new Date(0), serial);
}

/** Lets the crowd ask while something is done of which nobody is to notice anything. */
async function unnoticed({ cluster }: Scene, crowd: Crowd, act: () => Promise<void>): Promise<void> {
  const since = new Date();
  const tally: Tally = await crowd.asks(act);
  const pauses = await pausesSince(cluster, since);
  note(describeTallies([tally]));
  note(`${pauses.length} feeds ended, asked for again within ${Math.max(0, ...pauses)} ms`);
  assert.equal(failures(tally), 0);
  assert.deepEqual(await refusedSince(cluster, since), []);
  assert.ok(pauses.length > 0 && pauses.every((ms) => ms <= AT_ONCE_MS), `${pauses}`);
}

/** That each feed carries news. */
async function newPodsHaveRoles(scene: Scene, name: string): Promise<void> {
  const pods = WORKERS.map((node) => aPod({ name: `${name}-${node}`, role: "web", node, labels: { late: name } }));
  await scene.cluster.apply(pods);
  await scene.cluster.waitForPods({ namespace: "shop", selector: `late=${name}`, until: "ready", count: pods.length });
  for (const node of WORKERS) assert.equal(await inPod(scene, `${name}-${node}`).callerIdentity(), roleSession("web"));
}
