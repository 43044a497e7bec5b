import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { NAMESPACE } from "../install/helm.ts";
import { WORKERS } from "../install/scene.ts";
import { type Component, evaluate, installedPods, logsOf } from "../install/workloads.ts";

/** Kubelet brings a changed Secret within a minute and a half or so. */
const TIMEOUT_MS = 150_000;
/** What is asked beside a load is to be cheap. */
const EVERY_MS = 2_000;

interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly node?: string;
  /** Of the peer. */
  readonly certificate?: string;
  /** Of the process's own certificate. */
  readonly serialNumber?: string;
  readonly peer?: string;
  readonly inMs?: number;
}

/** What a component's pods have logged since then. */
async function linesSince(cluster: Cluster, component: Component, since: Date): Promise<readonly LogLine[]> {
  return linesOf(await logsOf(cluster, component)).filter(({ time }) => new Date(time) >= since);
}

const linesOf = (logs: string): readonly LogLine[] =>
  logs
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);

/** Waits until every pod of a component has found a certificate in its files and taken it. */
export async function untilTaken(cluster: Cluster, component: Component, serial: string): Promise<void> {
  const what = `pods of the ${component} that took ${serial}`;
  await eventually({ what, timeoutMs: TIMEOUT_MS, everyMs: EVERY_MS }, async () => {
    for (const { name } of await installedPods(cluster, component)) {
      const logs = await cluster.kubectl.run([
        "logs",
        name,
        `--namespace=${NAMESPACE}`,
        "--container",
        component,
        "--tail=-1",
      ]);
      const took = linesOf(logs).some((line) => line.msg === "took new TLS material" && line.serialNumber === serial);
      if (!took) return false;
    }
    return true;
  });
}

const SHOWN = `
  const socket = require("node:tls").connect({ host: "127.0.0.1", port: 9610, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  socket.on("secureConnect", () => { process.stdout.write(socket.getPeerX509Certificate().serialNumber); socket.destroy(); });
`;

/** The serial number of the certificate that each server shows to who connects. */
export async function shownByServers(cluster: Cluster): Promise<readonly string[]> {
  const shown: string[] = [];
  for (const { name } of await installedPods(cluster, "server"))
    shown.push(await evaluate(cluster, { name, container: "server" }, SHOWN));
  return shown;
}

/** Waits until each worker's agent has connected after that moment, with the certificate where one is given. */
export async function untilAgentsConnect(cluster: Cluster, since: Date, serial?: string): Promise<void> {
  const what = `agents that connect${serial === undefined ? "" : ` with ${serial}`}`;
  await eventually({ what, timeoutMs: TIMEOUT_MS, everyMs: EVERY_MS }, async () => {
    const accepted = (await linesSince(cluster, "server", since)).filter(({ msg }) => msg === "accepted a peer");
    return WORKERS.every((worker) =>
      accepted.some(({ node, certificate }) => node === worker && (serial === undefined || certificate === serial)),
    );
  });
}

/** Peers that were refused since then, the test's own looks at the servers' certificate aside. */
export async function refusedSince(cluster: Cluster, since: Date): Promise<readonly LogLine[]> {
  const lines = await linesSince(cluster, "server", since);
  return lines.filter(({ msg, peer = "" }) => msg === "refused a peer" && !/^(::ffff:)?127\./.test(peer));
}

/** In how many milliseconds each feed that ended since then was asked for again. */
export async function pausesSince(cluster: Cluster, since: Date): Promise<readonly number[]> {
  const lines = await linesSince(cluster, "agent", since);
  return lines.flatMap(({ msg, inMs }) => (msg === "the node feed ended; connecting again" ? [inMs ?? 0] : []));
}

/** Kubelet looks after a pod's volumes every minute or so, and at once when the pod changes. */
export async function hurryKubelets(cluster: Cluster, component: Component): Promise<void> {
  // It learns of a changed Secret by a watch of its own, in which it may be late.
  await delay(500);
  const selector = `--selector=app.kubernetes.io/component=${component}`;
  const now = `rolecall-e2e/looked-at=${Date.now()}`;
  await cluster.kubectl.run(["annotate", "pods", `--namespace=${NAMESPACE}`, selector, "--overwrite", now]);
}
