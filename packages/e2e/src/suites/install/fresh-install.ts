import { strict as assert } from "node:assert";
import { dirname } from "node:path";
import { programPath } from "../../cluster/programs.ts";
import { tryRun } from "../../cluster/run.ts";
import { eventOn } from "../../support/cluster-waits.ts";
import { aPod, ROLE_LIST } from "../main-path/test-pods.ts";
import { acceptedByTheApi } from "./golden-renders.ts";
import { inPod, note, roleArn, roleSession, type Scene, SERVER_NODE, WORKERS } from "./scene.ts";
import {
  evaluate,
  installedPods,
  keptAuthorities,
  logsOf,
  privateMegabytesOf,
  rightsOf,
  trustBundle,
} from "./workloads.ts";

/** Nothing given but the image, and all of it works. */
export async function freshInstall(scene: Scene): Promise<void> {
  const { report, cluster, helm } = scene;

  await report.case("what the chart renders for six ways of running it is what the API server takes", () =>
    acceptedByTheApi(cluster),
  );

  await report.case("a default install becomes ready, servers on their own node, agents on the workers", async () => {
    const begin = performance.now();
    await helm.install();
    note(`ready after ${((performance.now() - begin) / 1_000).toFixed(1)} s`);
    const servers = await installedPods(cluster, "server");
    const agents = await installedPods(cluster, "agent");
    assert.deepEqual(nodesOf(servers), [SERVER_NODE, SERVER_NODE]);
    assert.deepEqual(nodesOf(agents), WORKERS);
    assert.ok([...servers, ...agents].every(({ isReady }) => isReady));
  });

  await report.case(
    "two servers have made one authority, and each node's agent a certificate of its node",
    async () => {
      const authorities = await keptAuthorities(cluster);
      assert.deepEqual(
        authorities.map(({ phase }) => phase.kind),
        ["active"],
      );
      assert.equal((await trustBundle(cluster)).match(/BEGIN CERTIFICATE/g)?.length, 1);
      const issued = (await logsOf(cluster, "server"))
        .split("\n")
        .filter((line) => line.includes("issued a certificate"));
      const nodes = issued.map((line) => (JSON.parse(line) as { node: string }).node);
      assert.deepEqual([...new Set(nodes)].sort(), WORKERS);
      for (const component of ["server", "agent"] as const) {
        assert.doesNotMatch(await logsOf(cluster, component), /PRIVATE KEY/);
      }
    },
  );

  await report.case(
    "server and agent have no capability and the keeper NET_ADMIN alone, on a root they cannot write",
    async () => {
      const limits = { NoNewPrivs: "1", Seccomp: "2" };
      const [none, netAdmin] = [0, 1 << 12].map((set) => set.toString(16).padStart(16, "0"));
      const expected = {
        server: { ...limits, Uid: "65532", CapEff: none, CapBnd: none },
        agent: { ...limits, Uid: "65532", CapEff: none, CapBnd: none },
        keeper: { ...limits, Uid: "0", CapEff: netAdmin, CapBnd: netAdmin },
      };
      for (const container of ["server", "agent", "keeper"] as const) {
        for (const { name } of await installedPods(cluster, container === "server" ? "server" : "agent")) {
          assert.deepEqual(await rightsOf(cluster, { name, container }), expected[container]);
          const write = 'try { require("node:fs").writeFileSync("/x", "") } catch ({ code }) { console.log(code) }';
          const outcome = (await evaluate(cluster, { name, container }, write)).trim();
          assert.ok(["EROFS", "EACCES"].includes(outcome), outcome);
        }
      }
    },
  );

  await report.case("a keeper takes less than 15 MB of private memory", async () => {
    for (const { name } of await installedPods(cluster, "agent")) {
      const megabytes = await privateMegabytesOf(cluster, { name, container: "keeper" });
      note(`${megabytes.toFixed(1)} MB`);
      assert.ok(megabytes < 15, `${megabytes} MB`);
    }
  });

  await report.case("an annotated pod has its role through 169.254.169.254, with no endpoint override", async () => {
    await cluster.apply([
      aPod({ name: "web", role: "web" }),
      aPod({ name: "report", role: roleArn("team/report"), node: "worker-2" }),
      aPod({ name: "plain" }),
      aPod({ name: "denied", namespace: "lab", role: "web" }),
    ]);
    await cluster.waitForPods({ namespace: "shop", until: "ready", count: 3 });
    await cluster.waitForPods({ namespace: "lab", until: "ready" });
    assert.equal(await inPod(scene, "web").callerIdentity(), roleSession("web"));
    assert.equal(await inPod(scene, "report").callerIdentity(), roleSession("report"));
  });

  await report.case("a pod without the annotation, or whose namespace permits nothing, gets nothing", async () => {
    for (const pod of [inPod(scene, "plain"), inPod(scene, "denied", "lab")]) {
      assert.equal((await pod.get(ROLE_LIST)).status, 404);
      assert.match(await pod.callerIdentity(), /Unable to locate credentials/);
    }
    await eventOn(cluster, "lab", "denied", "RoleForbidden");
  });

  await report.case("helm test passes, and shows that a pod without a role gets none", async () => {
    assert.match(await helm.test(), /ok: a pod without a role gets none/);
  });

  await report.case("every command in the notes works as it stands there", async () => {
    // What stays open, and what has a name to fill in, is tried by the suite cli.
    const commands = (await helm.notes())
      .split("\n")
      .filter((line) => /^ {2}(kubectl|helm) /.test(line) && !/ port-forward |NAMESPACE\/NAME/.test(line));
    assert.ok(commands.length >= 7, commands.join("\n"));
    const programs = [programPath("helm"), programPath("kubectl")].map(dirname);
    const env = { KUBECONFIG: cluster.kubeconfig, PATH: [...programs, process.env["PATH"]].join(":") };
    for (const command of commands) {
      const { exitCode, stderr } = await tryRun("sh", ["-c", command], { env, timeoutMs: 180_000 });
      // Pods that were denied are problems to the status, and there are some here.
      assert.ok(exitCode === 0 || (exitCode === 1 && / rolecall status$/.test(command)), `${command}\n${stderr}`);
    }
  });
}

const nodesOf = (pods: readonly { readonly node: string }[]) => pods.map(({ node }) => node).sort();
