import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { buildImages } from "../../images/build-images.ts";
import { eventually } from "../../support/eventually.ts";
import type { Tally } from "./ask-steadily.ts";
import { Crowd } from "./crowd.ts";
import { NAMESPACE } from "./helm.ts";
import { LOADED, note, type Scene, WORKERS } from "./scene.ts";
import { describeTallies, failures, underLoad } from "./steady-load.ts";
import { installedPods, keptAuthorities, logsOf, PKI_NAME, trustBundle, untilAllReady } from "./workloads.ts";

const NEXT_VERSION = "9.9.9";

/** Parts are replaced, lost and moved while a pod on each worker asks 20 times a second, without a retry. */
export async function changesUnderLoad(scene: Scene): Promise<void> {
  const { report, cluster, helm } = scene;

  await report.case("an upgrade of the servers fails no request and restarts no agent", async () => {
    const agents = await installedPods(cluster, "agent");
    const tallies = await underLoad(cluster, LOADED, () => helm.upgrade({ "server.podAnnotations": { roll: "1" } }));
    note(describeTallies(tallies));
    assert.deepEqual(tallies.map(failures), [0, 0]);
    assert.deepEqual(await installedPods(cluster, "agent"), agents);
  });

  await report.case(
    "an upgrade to the next chart and its images keeps the certificate authority and fails no request",
    async () => {
      const directory = mkdtempSync(join(tmpdir(), "rolecall-chart-"));
      try {
        for (const { archive } of await buildImages({ version: NEXT_VERSION, directory }))
          await cluster.importImage(archive);
        const chart = await helm.packageAs(NEXT_VERSION, directory);
        const authorities = await keptAuthorities(cluster);
        const tallies = await underLoad(cluster, LOADED, () => helm.upgrade({ "test.role": "smoke" }, chart));
        note(describeTallies(tallies));
        const pods = [...(await installedPods(cluster, "server")), ...(await installedPods(cluster, "agent"))];
        assert.deepEqual(new Set(pods.map(({ image }) => image.split(":").at(-1))), new Set([NEXT_VERSION]));
        assert.deepEqual(await keptAuthorities(cluster), authorities);
        assert.deepEqual(tallies.map(failures), [0, 0]);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );

  await report.case(
    "20 pods that ask 50 times a second together notice nothing of a restart of the agents",
    async () => {
      const crowd = await Crowd.gather(cluster);
      const before = await installedPods(cluster, "agent");
      const tally = await crowd.asks(() => restartAgents(cluster));
      note(describeTallies([tally]));
      const after = await installedPods(cluster, "agent");
      assert.deepEqual(
        after.filter(({ name }) => before.some((one) => one.name === name)),
        [],
      );
      assert.equal(failures(tally), 0);
      await crowd.disperse();
    },
  );

  await report.case("helm test passes, and shows that its pod has the role it was given", async () => {
    assert.match(await helm.test(), /ok: this pod has credentials of smoke/);
  });

  await report.case(
    "with the authorities' Secret and ConfigMap deleted they come back as they were, and no request fails",
    async () => {
      const [authorities, bundle] = [await keptAuthorities(cluster), await trustBundle(cluster)];
      const begin = performance.now();
      const tallies = await underLoad(cluster, LOADED, async () => {
        await cluster.kubectl.run(["delete", "secret,configmap", PKI_NAME, `--namespace=${NAMESPACE}`]);
        await eventually({ what: "the authorities as before", timeoutMs: 60_000 }, async () => {
          const there = await cluster.kubectl.tryRun(["get", "secret,configmap", PKI_NAME, `--namespace=${NAMESPACE}`]);
          return there.exitCode === 0;
        });
        note(`back after ${((performance.now() - begin) / 1_000).toFixed(1)} s`);
      });
      note(describeTallies(tallies));
      assert.deepEqual(await keptAuthorities(cluster), authorities);
      assert.equal(await trustBundle(cluster), bundle);
      assert.deepEqual(tallies.map(failures), [0, 0]);
      assert.match(await logsOf(cluster, "server"), /wrote them back from memory/);
    },
  );

  await report.case("with every server pod deleted no request fails", async () => {
    const tallies = await underLoad(cluster, LOADED, async () => {
      await deletePods(cluster, await installedPods(cluster, "server"));
      await untilAllReady(cluster, "server", 2);
    });
    note(describeTallies(tallies));
    assert.deepEqual(tallies.map(failures), [0, 0]);
  });

  await report.case(
    "with an agent pod deleted, its node's pods are refused at worst and others never notice",
    async () => {
      const [here, there] = await underLoad(cluster, LOADED, async () => {
        const agents = await installedPods(cluster, "agent");
        await deletePods(
          cluster,
          agents.filter(({ node }) => node === "worker-1"),
        );
        await untilAllReady(cluster, "agent", WORKERS.length);
      });
      assert.ok(here && there);
      note(describeTallies([here, there]));
      assert.deepEqual(worseThanRefused(here), []);
      assert.equal(failures(there), 0);
    },
  );

  await report.case("a worker that is drained disturbs no pod of another", async () => {
    const [onWorker1] = LOADED;
    const drain = ["drain", "worker-2", "--ignore-daemonsets", "--force", "--timeout=60s"];
    const tallies = await underLoad(cluster, [onWorker1], () => cluster.kubectl.run(drain, { timeoutMs: 90_000 }));
    assert.deepEqual(tallies.map(failures), [0]);
    await cluster.kubectl.run(["uncordon", "worker-2"]);
  });
}

async function restartAgents({ kubectl }: Cluster): Promise<void> {
  const daemonSet = ["daemonset/rolecall-agent", `--namespace=${NAMESPACE}`];
  await kubectl.run(["rollout", "restart", ...daemonSet]);
  await kubectl.run(["rollout", "status", ...daemonSet, "--timeout=90s"], { timeoutMs: 100_000 });
}

/** Every outcome but credentials, no connection, and a 503 of an agent that has no feed yet: above all the node's role. */
const worseThanRefused = ({ counts }: Tally): string[] =>
  Object.keys(counts).filter((outcome) => !["ok", "refused", "cut", "503"].includes(outcome));

const deletePods = ({ kubectl }: Cluster, pods: readonly { readonly name: string }[]) =>
  kubectl.run(["delete", "pods", `--namespace=${NAMESPACE}`, ...pods.map(({ name }) => name)]);
