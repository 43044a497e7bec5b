import type { Cluster } from "../../cluster/cluster.ts";
import { type BuiltImage, buildImages } from "../../images/build-images.ts";
import { untilAccountsExist } from "../../support/cluster-waits.ts";
import type { Report } from "../../support/report.ts";
import { startCloud } from "../main-path/cloud.ts";
import { aNamespace } from "../main-path/test-pods.ts";
import { changesUnderLoad } from "./changes-under-load.ts";
import { freshInstall } from "./fresh-install.ts";
import { Helm, NAMESPACE } from "./helm.ts";
import { mistakes } from "./mistakes.ts";
import { nodeGate } from "./node-gate.ts";
import { tracesOn } from "./node-traces.ts";
import { oneNodeBack } from "./one-node-back.ts";
import { otherSettings } from "./other-settings.ts";
import { removal } from "./removal.ts";
import { roleArn, SERVER_NODE } from "./scene.ts";

/**
 * The chart and the images as their user meets them, on a cluster that has nothing of ours yet. The cases tell one story
 * in order: install, use, mistakes, changes under load, other settings, a node that goes back, uninstall.
 */
export async function installSuite(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  try {
    await prepareCluster(cluster, await buildImages());
    const scene = { report, cluster, cloud, helm: new Helm(cluster, { "aws.stsEndpoint": cloud.sts.url }) };
    const before = await tracesOn(cluster.nodes);
    await freshInstall(scene);
    await mistakes(scene);
    await changesUnderLoad(scene);
    await nodeGate(scene);
    await otherSettings(scene);
    await oneNodeBack(scene, before);
    await removal(scene, before);
  } finally {
    await cloud.stop();
  }
}

/** The nodes as an EKS node group has them, and the namespaces of the suite's own pods. */
export async function prepareCluster(cluster: Cluster, images: readonly BuiltImage[]): Promise<void> {
  const { kubectl } = cluster;
  for (const { archive } of images) await cluster.importImage(archive);
  await kubectl.run(["label", "node", SERVER_NODE, "rolecall.dev/server=true"]);
  await kubectl.run(["taint", "node", SERVER_NODE, "rolecall.dev/server=true:NoSchedule"]);
  await cluster.apply([aNamespace("shop", roleArn(".*")), aNamespace("lab"), aNamespace(NAMESPACE, roleArn("smoke"))]);
  await untilAccountsExist(cluster, ["shop", "lab", NAMESPACE]);
}
