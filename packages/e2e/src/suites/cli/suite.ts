import { strict as assert } from "node:assert";
import type { Cluster } from "../../cluster/cluster.ts";
import { buildImages } from "../../images/build-images.ts";
import { eventually } from "../../support/eventually.ts";
import type { Report } from "../../support/report.ts";
import { Helm, NAMESPACE } from "../install/helm.ts";
import { roleArn, roleSession, WORKERS } from "../install/scene.ts";
import { prepareCluster } from "../install/suite.ts";
import { installedPods } from "../install/workloads.ts";
import { startCloud } from "../main-path/cloud.ts";
import { aPod } from "../main-path/test-pods.ts";
import { pageByPortForward, reachedFromPod } from "./local-api.ts";
import { onLaptop, onServer } from "./rolecall.ts";

/** The command and the status page as a person with a kubeconfig meets them. */
export async function cliSuite(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  try {
    await prepareCluster(cluster, await buildImages());
    await new Helm(cluster, { "aws.stsEndpoint": cloud.sts.url }).install();
    cloud.sts.roles.deny(roleArn("distrusted"));
    await cluster.apply([
      aPod({ name: "web", role: "web" }),
      aPod({ name: "report", role: roleArn("team/report"), node: "worker-2" }),
    ]);
    await cluster.waitForPods({ namespace: "shop", until: "ready", count: 2 });

    await report.case(
      "verify follows a healthy pod to what its SDK is given, through two servers' port-forwards",
      async () => {
        const said = await eventually({ what: "a verified pod" }, async () => {
          const tried = await onLaptop(cluster, ["verify", "pod", "shop/web"]);
          return tried.exitCode === 0 ? tried : undefined;
        });
        assert.match(said.stdout, /^ok +interception +the rules are in place/m);
        assert.match(said.stdout, new RegExp(`is given ${roleArn("web")} as ${roleSession("web").split("/").at(-1)}`));
      },
    );

    await report.case(
      "status is good where every pod has its role, and shows both workers and both servers",
      async () => {
        const said = await eventually({ what: "a good status" }, async () => {
          const tried = await onLaptop(cluster, ["status", "-o", "json"]);
          return tried.exitCode === 0 ? tried : undefined;
        });
        const { fleet } = JSON.parse(said.stdout);
        assert.equal(fleet.servers.length, 2);
        assert.deepEqual(
          fleet.nodes.map(({ node }: { node: string }) => node),
          WORKERS,
        );
        assert.equal((await onLaptop(cluster, ["status"])).stdout.includes("Nothing is wrong."), true);
      },
    );

    await report.case(
      "verify names the fix for a denied pod and for a role that trusts nobody, and status says 1",
      async () => {
        await cluster.apply([
          aPod({ name: "denied", namespace: "lab", role: "web" }),
          aPod({ name: "distrusted", role: "distrusted" }),
        ]);
        await cluster.waitForPods({ namespace: "shop", until: "ready", count: 3 });
        const denied = await onLaptop(cluster, ["verify", "pod", "lab/denied"]);
        assert.equal(denied.exitCode, 1);
        assert.match(denied.stdout, /^FAILED +namespace policy[\s\S]*Fix: .*#namespace-policy-missing/m);
        const distrusted = await eventually({ what: "STS to have refused" }, async () => {
          const tried = await onLaptop(cluster, ["verify", "pod", "shop/distrusted"]);
          return tried.exitCode === 1 ? tried : undefined;
        });
        assert.match(distrusted.stdout, /^FAILED +trust[\s\S]*#sts-access-denied/m);
        const status = await onLaptop(cluster, ["status"]);
        assert.equal(status.exitCode, 1);
        assert.match(status.stdout, /pod lab\/denied: namespace-policy-missing/);
      },
    );

    await report.case(
      "doctor finds the namespace that permits nothing, and that one node is few for servers",
      async () => {
        const { exitCode, stdout } = await onLaptop(cluster, ["doctor", "-o", "json"]);
        const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; outcome: string; says: string }[] };
        const found = checks
          .filter(({ outcome }) => outcome !== "good")
          .map(({ name, outcome }) => `${name}: ${outcome}`);
        assert.deepEqual([exitCode, found], [1, ["servers' nodes: warning", "namespaces: failed"]], stdout);
      },
    );

    await report.case("migrate reads the cluster, and policy generate allows what its pods are granted", async () => {
      const migrated = await onLaptop(cluster, ["migrate", "kiam", "-o", "json"]);
      assert.equal(JSON.parse(migrated.stdout).counts.pods, 4, migrated.stderr);
      const { stdout } = await onLaptop(cluster, ["policy", "generate"]);
      const granted = ["distrusted", "team/report", "web"].map(roleArn);
      assert.deepEqual(JSON.parse(stdout).serverPolicy.Statement[0].Resource, granted);
      assert.deepEqual(Object.keys(JSON.parse(stdout).trustPolicies), granted);
    });

    await report.case("the command in a server's pod needs no rights but the server's", async () => {
      const [server] = await installedPods(cluster, "server");
      const verified = await onServer(cluster, server?.name ?? "", ["verify", "pod", "lab/denied"]);
      assert.equal(verified.exitCode, 1);
      assert.match(verified.stdout, /#namespace-policy-missing/);
      const explained = await onServer(cluster, server?.name ?? "", ["explain", "namespace-policy-missing"]);
      assert.match(explained.stdout, /Annotate the namespace with `iam\.amazonaws\.com\/permitted`/);
      const status = await onServer(cluster, server?.name ?? "", ["status"]);
      assert.match(status.stdout, /1 of 2 servers answered/);
    });

    await report.case("verify says what Kubernetes alone tells where no server can be reached", async () => {
      const said = await onLaptop(cluster, ["verify", "pod", "lab/denied", "--server-url", "http://127.0.0.1:1"]);
      assert.equal(said.exitCode, 1);
      assert.match(said.stdout, /^FAILED +namespace policy/m);
    });

    await report.case("the status page is reached by port-forward, and from no pod", async () => {
      const [server] = await installedPods(cluster, "server");
      assert.match(await pageByPortForward(cluster, NAMESPACE, server?.name ?? ""), /<title>Rolecall<\/title>/);
      assert.equal(await reachedFromPod(cluster, NAMESPACE, server?.name ?? ""), false);
    });
  } finally {
    await cloud.stop();
  }
}
