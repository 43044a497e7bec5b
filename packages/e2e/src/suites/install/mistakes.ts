import { strict as assert } from "node:assert";
import { eventOn } from "../../support/cluster-waits.ts";
import { eventually } from "../../support/eventually.ts";
import { aPod } from "../main-path/test-pods.ts";
import { NAMESPACE } from "./helm.ts";
import { inPod, roleArn, roleSession, type Scene } from "./scene.ts";
import { applyOwnSecrets, unreadyPodLogs, untilAllReady } from "./workloads.ts";

/** What is wrong or missing is named, and takes nothing from pods that have their credentials. */
export async function mistakes(scene: Scene): Promise<void> {
  const { report, cluster, cloud, helm } = scene;

  await report.case("a role that STS refuses to the server shows as an Event on the pod and in the log", async () => {
    cloud.sts.roles.deny(roleArn("locked"));
    await cluster.apply([aPod({ name: "locked", role: "locked" })]);
    assert.match(await eventOn(cluster, "shop", "locked", "AssumeRoleFailed"), /trust policy/);
    const selector = "--selector=app.kubernetes.io/component=server";
    const logs = await cluster.kubectl.run(["logs", `--namespace=${NAMESPACE}`, selector, "--tail=-1"]);
    assert.match(logs, /"reason":"sts-access-denied"/);
    cloud.sts.roles.allow(roleArn("locked"));
  });

  await report.case("a value that does not exist is refused by its name", async () => {
    const { exitCode, stderr } = await helm.upgradeUnwaited({ "server.replicsa": 3 });
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /replicsa/);
  });

  await report.case(
    "without RBAC a new server says in a line what it lacks, is not ready and replaces no other",
    async () => {
      const upgrade = await helm.upgradeUnwaited({ "rbac.create": false, "server.podAnnotations": { try: "no-rbac" } });
      assert.equal(upgrade.exitCode, 0, upgrade.stderr);
      const line = await unreadyPodLogs(cluster, "server", /"check":"rbac"/);
      assert.match(line, /cannot get pods: set the chart value rbac\.create/);
      assert.equal(await inPod(scene, "web").callerIdentity(), roleSession("web"));
      await helm.upgrade();
      await untilAllReady(cluster, "server", 2);
    },
  );

  await report.case("a TLS Secret that lacks a file keeps a new server from starting, and it says which", async () => {
    await applyOwnSecrets(cluster, { server: "own-server", agent: "own-agent" }, { without: ["ca.crt"] });
    const upgrade = await helm.upgradeUnwaited({
      "tls.mode": "secret",
      "tls.secret.server": "own-server",
      "tls.secret.agent": "own-agent",
    });
    assert.equal(upgrade.exitCode, 0, upgrade.stderr);
    await unreadyPodLogs(cluster, "server", /^--tls-ca \/etc\/rolecall\/tls\/ca\.crt: ENOENT/);
    // The agents change to their new Secret one after the other, and each is away for a moment.
    await eventually({ what: "the role, from the servers that stay" }, async () => {
      return (await inPod(scene, "report").callerIdentity()) === roleSession("report");
    });
    await helm.upgrade();
  });
}
