import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { buildImages } from "../../images/build-images.ts";
import { untilAccountsExist } from "../../support/cluster-waits.ts";
import { eventually } from "../../support/eventually.ts";
import type { Report } from "../../support/report.ts";
import { CHART, Helm } from "../install/helm.ts";
import { inPod, roleSession, WORKERS } from "../install/scene.ts";
import { prepareCluster } from "../install/suite.ts";
import { startCloud } from "../main-path/cloud.ts";
import { aNamespace, aPod } from "../main-path/test-pods.ts";
import { createCertificates, OWN_CERTIFICATES } from "./certificates.ts";
import { panelsWithoutData } from "./dashboards.ts";
import { type FaultScene, observe, type Signs } from "./fault.ts";
import { holdPage } from "./fault-table.ts";
import { EXPIRY, FAULTS } from "./faults.ts";
import { followPods } from "./pod-targets.ts";
import { Prometheus } from "./prometheus.ts";
import { type Discovery, withoutPatience } from "./prometheus-config.ts";

const PORTS: Readonly<Record<Discovery, number>> = { annotations: 19_090, "pod-monitor": 19_091 };

/** What people break, broken here, and whether each of the signs that they look at names it. A real Prometheus watches. */
export async function faultsSuite(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  const started: Prometheus[] = [];
  const stop = new AbortController();
  let following: Promise<void> | undefined;
  try {
    await prepareCluster(cluster, await buildImages());
    await cluster.apply([aNamespace("broken", "(unclosed")]);
    await untilAccountsExist(cluster, ["broken"]);
    const authority = await createCertificates(cluster);
    const helm = new Helm(cluster, { "aws.stsEndpoint": cloud.sts.url, ...OWN_CERTIFICATES });
    await helm.install({
      "server.replicas": 1,
      "server.env": [{ name: "ROLECALL_AGENT_MISSING_AFTER", value: "20s" }],
    });
    const targetFile = join(cluster.workDir.path, "targets.json");
    following = followPods(cluster, targetFile, stop.signal);
    const watch = async (discovery: Discovery) => {
      const directory = join(cluster.workDir.path, `prometheus-${discovery}`);
      const prometheus = await Prometheus.start(directory, PORTS[discovery], {
        targetFile,
        ruleFiles: [alertsFor(cluster)],
        discovery,
      });
      started.push(prometheus);
      return prometheus;
    };
    const scene = { report, cluster, cloud, helm, authority, prometheus: await watch("annotations") };
    await healthy(scene, () => watch("pod-monitor"));
    await faults(scene);
  } finally {
    for (const prometheus of started) await prometheus.stop();
    stop.abort();
    await following;
    await cloud.stop();
  }
}

function alertsFor(cluster: Cluster): string {
  const file = join(cluster.workDir.path, "alerts.yaml");
  writeFileSync(file, withoutPatience(readFileSync(join(CHART, "files", "alerts.yaml"), "utf8")));
  return file;
}

async function healthy(scene: FaultScene, watchAsOperator: () => Promise<Prometheus>): Promise<void> {
  const { report, cluster, prometheus } = scene;
  await report.case("Prometheus finds and scrapes the server and both agents by their annotations", () =>
    untilAllAreUp(prometheus),
  );

  await report.case("as it does by what the Operator makes of the PodMonitors", async () => {
    const asOperator = await watchAsOperator();
    await untilAllAreUp(asOperator);
    await asOperator.stop();
  });

  await report.case("pods with their roles set off no alert", async () => {
    await cluster.apply([
      aPod({ name: "web", role: "web" }),
      aPod({ name: "report", role: "report", node: "worker-2" }),
    ]);
    await cluster.waitForPods({ namespace: "shop", until: "ready", count: 2 });
    for (const name of ["web", "report"]) assert.equal(await inPod(scene, name).callerIdentity(), roleSession(name));
    await eventually({ what: "no alert", everyMs: 1_000 }, async () => {
      const firing = await prometheus.firing();
      if (firing.length > 0) throw new Error(JSON.stringify(firing));
      return true;
    });
  });
}

async function untilAllAreUp(prometheus: Prometheus): Promise<void> {
  const targets = await eventually({ what: "three targets that are up" }, async () => {
    const found = await prometheus.targets();
    if (found.length !== 3 || found.some(({ health }) => health !== "up")) throw new Error(JSON.stringify(found));
    return found;
  });
  assert.deepEqual(targets.map(({ labels }) => labels["node"]).sort(), ["server-1", ...WORKERS]);
}

async function faults(scene: FaultScene): Promise<void> {
  const { report, prometheus } = scene;
  const seen = new Map<string, Signs>();
  // It takes as long as all others together, and touches none of them.
  const expiry = observe(scene, EXPIRY).then(
    (signs) => () => signs,
    (error: unknown) => () => {
      throw error;
    },
  );
  for (const fault of FAULTS) {
    await report.case(`every sign names the fault: ${fault.name}`, async () => {
      seen.set(fault.name, fault === EXPIRY ? (await expiry)() : await observe(scene, fault));
    });
    if (fault === EXPIRY) {
      await report.case("every panel of both dashboards shows something", async () => {
        const [agent] = await prometheus.query('rolecall_agent_build_info{node="worker-1"}');
        const ofFleet = await panelsWithoutData(prometheus, "rolecall-fleet.json", "");
        const ofNode = await panelsWithoutData(prometheus, "rolecall-node.json", agent?.labels["instance"] ?? "");
        assert.deepEqual([...ofFleet, ...ofNode], []);
      });
    }
  }
  await report.case("docs/troubleshooting.md has the table of what was seen", () => {
    holdPage(FAULTS.flatMap(({ name }) => seen.get(name) ?? []));
  });
}
