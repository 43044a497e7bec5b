import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSTANCE, NODE_ROLE } from "@rolecall/sandbox/imds/instance";
import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeProcess } from "../../cluster/cluster-node.ts";
import { clientArchive } from "../../cluster/images.ts";
import { eventOn, untilAccountsExist } from "../../support/cluster-waits.ts";
import { eventually } from "../../support/eventually.ts";
import type { Report } from "../../support/report.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { firstAnswer } from "./first-answer.ts";
import { Processes } from "./processes.ts";
import { aNamespace, aPod, type HttpAnswer, InPod, ROLE_ANNOTATION, ROLE_LIST } from "./test-pods.ts";

const ACCOUNT = INSTANCE.accountId;
const roleSession = (role: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/shop.default`;
const WORKERS = ["worker-1", "worker-2"] as const;

/**
 * The main path, whole: server and agents as processes on the nodes of a real cluster, pods of real kubelets, the AWS CLI
 * in their network. The cases tell one story in order.
 */
export async function mainPath(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  try {
    const processes = await Processes.prepare(cluster, cloud);
    await cluster.importImage(clientArchive());
    await cluster.apply([aNamespace("shop", `arn:aws:iam::${ACCOUNT}:role/.*`), aNamespace("lab")]);
    await untilAccountsExist(cluster, ["shop", "lab"]);
    await tellStory(report, cluster, cloud, processes);
  } finally {
    await cloud.stop();
  }
}

async function tellStory(report: Report, cluster: Cluster, cloud: Cloud, processes: Processes): Promise<void> {
  const inPod = (name: string, namespace = "shop") => new InPod(cluster, cloud, name, namespace);

  await report.case("without Rolecall a pod gets the node's role: a leak would be seen", async () => {
    await cluster.apply([aPod({ name: "before" })]);
    await cluster.waitForPods({ namespace: "shop", until: "ready" });
    assert.match(await inPod("before").callerIdentity(), new RegExp(NODE_ROLE));
  });

  let server = await processes.startServer();
  const agents = new Map<string, NodeProcess>();
  for (const node of WORKERS) {
    await processes.startKeeper(node);
    agents.set(node, await processes.startAgent(node));
  }

  await report.case("server and agents become ready", async () => {
    for (const node of [processes.serverNode, ...WORKERS]) {
      await eventually({ what: `${node} ready` }, async () => {
        const { status, body } = await processes.admin(node, "/readyz");
        if (status !== 200) throw new Error(body);
        return true;
      });
    }
  });

  await report.case("an annotated pod has its role through 169.254.169.254, with no endpoint override", async () => {
    await cluster.apply([
      aPod({ name: "app", role: "app" }),
      aPod({ name: "app-2", role: `arn:aws:iam::${ACCOUNT}:role/team/reporter`, node: "worker-2" }),
      aPod({ name: "plain" }),
      aPod({ name: "denied", namespace: "lab", role: "app" }),
      aPod({ name: "typo", role: "my role" }),
      aPod({ name: "on-host", role: "app", hostNetwork: true }),
    ]);
    await cluster.waitForPods({ namespace: "shop", until: "ready", count: 6 });
    await cluster.waitForPods({ namespace: "lab", until: "ready" });
    assert.equal(await inPod("app").callerIdentity(), roleSession("app"));
    assert.equal(await inPod("app-2").callerIdentity(), roleSession("reporter"));
  });

  await report.case(
    "a connection that a pod made before the agent came is refused or the agent's, never the node's",
    async () => {
      assert.doesNotMatch(await inPod("before").callerIdentity(), new RegExp(NODE_ROLE));
    },
  );

  await report.case("the role list is the bare role name, of a role with a path too", async () => {
    assert.deepEqual(status(await inPod("app").get(ROLE_LIST)), [200, "app"]);
    assert.deepEqual(status(await inPod("app-2").get(ROLE_LIST.slice(0, -1))), [200, "reporter"]);
  });

  await report.case("a pod without the annotation gets 404 on the list", async () => {
    assert.deepEqual(status(await inPod("plain").get(ROLE_LIST)), [404, ""]);
    assert.match(await inPod("plain").callerIdentity(), /Unable to locate credentials/);
  });

  await report.case("a pod in a namespace that permits nothing gets nothing, and an Event says why", async () => {
    assert.deepEqual(status(await inPod("denied", "lab").get(ROLE_LIST)), [404, ""]);
    const message = await eventOn(cluster, "lab", "denied", "RoleForbidden");
    assert.match(message, /iam\.amazonaws\.com\/permitted/);
  });

  await report.case("a malformed annotation denies its pod alone, and an Event says what is wrong", async () => {
    assert.deepEqual(status(await inPod("typo").get(ROLE_LIST)), [404, ""]);
    assert.match(await eventOn(cluster, "shop", "typo", "InvalidRole"), /iam\.amazonaws\.com\/role/);
  });

  await report.case("a pod on the host network gets no role, and an Event says why", async () => {
    await eventOn(cluster, "shop", "on-host", "HostNetworkNotSupported");
  });

  await report.case(
    "a request without a token is refused, and one role's name yields no other's credentials",
    async () => {
      assert.deepEqual(status(await inPod("app").getWithoutToken(ROLE_LIST)), [401, ""]);
      assert.deepEqual(status(await inPod("app").get(`${ROLE_LIST}reporter`)), [404, ""]);
      assert.deepEqual(status(await inPod("app").get(`${ROLE_LIST}${NODE_ROLE}`)), [404, ""]);
    },
  );

  await report.case("a pod finds its region, and not the node's user data", async () => {
    assert.deepEqual(status(await inPod("plain").get("/latest/meta-data/placement/region")), [200, INSTANCE.region]);
    assert.deepEqual(status(await inPod("plain").get("/latest/user-data")), [404, ""]);
  });

  await report.case(
    "50 pods that start together have credentials at their first request, without a retry",
    async () => {
      const names = Array.from({ length: 50 }, (_, index) => `burst-${index}`);
      const before = cloud.sts.countAssumeRole();
      await cluster.apply(
        names.map((name) => aPod({ name, role: "burst", labels: { burst: "yes" }, asksFirst: true })),
      );
      const pods = await cluster.waitForPods({
        namespace: "shop",
        selector: "burst=yes",
        until: "ended",
        count: 50,
        timeoutMs: 180_000,
      });
      const answers = pods.map(firstAnswer);
      const failed = answers.filter(({ ok }) => !ok);
      const totals = answers.map(({ totalMs }) => totalMs).sort((a, b) => a - b);
      process.stdout.write(
        `  # first answer (token, list and credentials) p50 ${at(totals, 0.5)} ms, max ${at(totals, 1)} ms\n`,
      );
      assert.deepEqual(failed, []);
      assert.deepEqual(new Set(answers.map(({ role }) => role)), new Set(["burst"]));
      assert.equal(cloud.sts.countAssumeRole() - before, 1, "AssumeRole calls");
      await cluster.kubectl.run(["delete", "pods", "--namespace=shop", "--selector=burst=yes", "--wait=true"]);
    },
  );

  await report.case("half a record in the CNI directory disturbs nobody, and is counted", async () => {
    const results = cluster.node("worker-1").ownPath("/var/lib/cni/results");
    writeFileSync(join(results, "pods-broken-eth0"), '{"kind":"cniCacheV1","containerId":"x"');
    await eventually({ what: "the broken record counted" }, async () => {
      const { body } = await processes.admin("worker-1", "/metrics");
      return /rolecall_agent_cni_results_skipped_total\{problem="incomplete"\} 1/.test(body);
    });
    assert.equal(await inPod("app").callerIdentity(), roleSession("app"));
  });

  await report.case("a changed role annotation takes effect, and the old role is gone", async () => {
    await cluster.kubectl.run([
      "annotate",
      "pod",
      "app",
      "--namespace=shop",
      "--overwrite",
      `${ROLE_ANNOTATION}=app-next`,
    ]);
    await eventually({ what: "the new role" }, async () => (await inPod("app").get(ROLE_LIST)).body === "app-next");
    assert.deepEqual(status(await inPod("app").get(`${ROLE_LIST}app`)), [404, ""]);
    assert.equal(await inPod("app").callerIdentity(), roleSession("app-next"));
  });

  await report.case("with all servers stopped, pods keep getting credentials", async () => {
    await server.stop();
    assert.equal(await inPod("app").callerIdentity(), roleSession("app-next"));
    assert.equal(await inPod("app-2").callerIdentity(), roleSession("reporter"));
  });

  await report.case(
    "a server that comes back feeds the agents again, without asking STS for what they hold",
    async () => {
      const before = cloud.sts.countAssumeRole();
      server = await processes.startServer();
      await cluster.apply([aPod({ name: "after", role: "after" })]);
      await cluster.waitForPods({ namespace: "shop", until: "ready", count: 7 });
      await eventually({ what: "the role of a pod that came meanwhile" }, async () => {
        return (await inPod("after").callerIdentity()) === roleSession("after");
      });
      assert.equal(cloud.sts.countAssumeRole() - before, 1, "AssumeRole calls");
    },
  );

  await report.case("a session token outlives a restart of the agent", async () => {
    const held = await inPod("app").token();
    await agents.get("worker-1")?.stop();
    agents.set("worker-1", await processes.startAgent("worker-1"));
    await untilAnswered("credentials after the restart", [200, "app-next"], () =>
      inPod("app").getWithToken(held, ROLE_LIST),
    );
  });

  await report.case("with the agent killed the pod is refused at once, and never gets the node's role", async () => {
    agents.get("worker-1")?.signal("SIGKILL");
    await agents.get("worker-1")?.ended;
    const answer = await inPod("app").get(ROLE_LIST);
    assert.equal(answer.status, 0);
    process.stdout.write(`  # refused after ${(answer.seconds * 1_000).toFixed(1)} ms\n`);
    assert.ok(answer.seconds < 0.5, `refused only after ${answer.seconds} s`);
    assert.doesNotMatch(await inPod("app").callerIdentity(), new RegExp(NODE_ROLE));
    assert.equal(await inPod("app-2").callerIdentity(), roleSession("reporter"));
  });

  await report.case("with the redirection flushed and no agent, the guard refuses", async () => {
    await cluster.node("worker-1").exec(["iptables", "-t", "nat", "-F", "ROLECALL"]);
    assert.equal((await inPod("app").get(ROLE_LIST)).status, 0);
  });

  await report.case("an agent that comes back puts the rules right and serves", async () => {
    agents.set("worker-1", await processes.startAgent("worker-1"));
    await eventually(
      { what: "the role" },
      async () => (await inPod("app").callerIdentity()) === roleSession("app-next"),
    );
  });

  await report.case("an agent that shows another node's token gets nothing", async () => {
    await agents.get("worker-1")?.stop();
    const thief = await processes.startAgent("worker-1", [`--token-file=${processes.tokenFileOf("worker-2")}`]);
    await eventually({ what: "the refusal" }, async () => {
      const log = await cluster.node("worker-1").exec(["cat", thief.logFile]);
      return log.includes("node-mismatch");
    });
    assert.equal((await inPod("app").get(ROLE_LIST)).status, 503);
    await thief.stop();
    agents.set("worker-1", await processes.startAgent("worker-1"));
  });

  for (const [name, flags, expected] of BAD_STARTS) {
    await report.case(`a server that cannot start says why in one line: ${name}`, async () => {
      const failing = await processes.startServer([
        "--listen-address=127.0.0.1:0",
        "--admin-address=127.0.0.1:0",
        ...flags,
      ]);
      assert.equal((await failing.ended).code, 2);
      assert.match(await cluster.node(processes.serverNode).exec(["cat", failing.logFile]), expected);
    });
  }

  await server.stop();
  for (const agent of agents.values()) await agent.stop();
}

const BAD_STARTS: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["a certificate that is not there", ["--tls-cert=/nowhere/tls.crt"], /^--tls-cert \/nowhere\/tls\.crt: ENOENT/m],
  ["a base ARN that is none", ["--role-base-arn=app"], /^--role-base-arn=app: must have the form arn:aws:iam::/m],
];

const status = ({ status: code, body }: { status: number; body: string }) => [code, body];

/** Waits for an answer, and says which came instead. */
function untilAnswered(what: string, wanted: readonly [number, string], ask: () => Promise<HttpAnswer>): Promise<true> {
  return eventually({ what }, async () => {
    assert.deepEqual(status(await ask()), wanted);
    return true;
  });
}

const at = (sorted: readonly number[], share: number) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
