// usage: npm run rotation -- [--minutes N] [--rate N]
//
// Two servers and two agents with authorities of five minutes and certificates of one, under load, in real time.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { sleep, systemClock } from "@rolecall/common/time/clock";
import { isSignedBy } from "@rolecall/common/tls/is-signed-by";
import { writeCniResult } from "../files/cni-results.ts";
import { type RunningAgent, type RunningServer, startAgent, startServer } from "../system/processes.ts";
import { type Sandbox, startSandbox } from "../system/sandbox.ts";
import { type AskedPod, askSteadily, type Tally } from "./steady-requests.ts";
import { activeAuthority, readMetric, shownBy } from "./watch-material.ts";

const LIVES = ["--authority-life=300s", "--authority-spread=20s", "--certificate-life=60s"];
const CONNECTIONS = "--max-connection-age=20s";
const NODES = ["worker-1", "worker-2"] as const;
const PODS_PER_NODE = 5;
const ROLE = "app";
/** A feed that ends is to be live again within this time. */
const AT_ONCE_MS = 2_000;
const LOOK_EVERY_MS = 200;

const say = (text: string) => void process.stdout.write(`${new Date().toISOString()} ${text}\n`);

void runProcess(async (stop) => {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "30" }, rate: { type: "string", default: "50" } },
  });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  if (!(minutes > 0 && rate > 0)) throw new StartupError(["--minutes and --rate: must be numbers above 0"]);
  const sandbox = await startSandbox();
  try {
    await rotateUnderLoad(sandbox, minutes, rate, stop);
  } finally {
    await sandbox.stop();
  }
});

async function rotateUnderLoad(sandbox: Sandbox, minutes: number, rate: number, stop: AbortSignal): Promise<void> {
  const { workloads } = sandbox.kubernetes;
  workloads.createNamespace("shop", { annotations: { "iam.amazonaws.com/permitted": ".*" } });
  const flags = [...LIVES, CONNECTIONS];
  const servers = await Promise.all(NODES.map(() => startServer(sandbox, { managesCertificates: true, flags })));
  const agents = await Promise.all(NODES.map((node, index) => startNode(sandbox, node, servers[index])));
  const pods = NODES.flatMap((node, index) => podsOn(sandbox, node, index, agents[index]));
  await untilServed(pods);
  say(`${rate} requests a second for ${minutes} minutes`);

  const end = AbortSignal.any([stop, AbortSignal.timeout(minutes * 60_000)]);
  const tally: Tally = { asked: 0, failures: [], slowestMs: 0 };
  const feeds = agents.map((): Feed => ({ ends: 0, longestGapMs: 0, downSinceMs: undefined }));
  const authorities = new Set<string>();
  await Promise.all([
    askSteadily(pods, rate, tally, systemClock, end),
    ...agents.map((agent, index) => watchFeed(agent, feeds[index] as Feed, end)),
    watchAuthorities(sandbox, authorities, tally, end),
  ]);

  const problems = [
    ...tally.failures.map(({ at, problem }) => `${at} a request failed: ${problem}`),
    ...feeds
      .filter(({ longestGapMs }) => longestGapMs > AT_ONCE_MS)
      .map(({ longestGapMs }) => `a feed was away for ${longestGapMs} ms`),
    ...(await staleMaterial(sandbox, servers, agents)),
  ];
  say(
    JSON.stringify({
      minutes,
      asked: tally.asked,
      failed: tally.failures.length,
      slowestMs: tally.slowestMs,
      rotations: authorities.size - 1,
      feedEnds: feeds.map(({ ends }) => ends),
      longestFeedGapMs: feeds.map(({ longestGapMs }) => longestGapMs),
    }),
  );
  for (const process of [...agents, ...servers]) await process.stop();
  if (problems.length > 0) throw new StartupError(problems);
  say("no request failed, every feed was back at once, and both ends are on current material");
}

async function startNode(sandbox: Sandbox, nodeName: string, server: RunningServer | undefined): Promise<RunningAgent> {
  if (!server) throw new RangeError(`no server for ${nodeName}`);
  const { brokerPort, enrollmentPort } = server;
  const flags = ["--metadata-hosts=metadata.test", "--imds-tokens=optional", CONNECTIONS];
  return startAgent(sandbox, { nodeName, brokerPort, enrollmentPort, flags });
}

function podsOn(sandbox: Sandbox, node: string, index: number, agent: RunningAgent | undefined): AskedPod[] {
  return Array.from({ length: PODS_PER_NODE }, (_, count) => {
    const [namespace, name, ip] = ["shop", `${node}-${count}`, `127.0.${3 + index}.${1 + count}`];
    const annotations = { "iam.amazonaws.com/role": ROLE };
    const { uid } = sandbox.kubernetes.workloads.createPod({ namespace, name, annotations, nodeName: node }).metadata;
    const containerId = uid.replaceAll("-", "");
    writeCniResult(sandbox.cniResults(node), { containerId, podUid: uid, namespace, name, ips: [ip] });
    return { ip, metadataPort: agent?.metadataPort ?? 0, role: ROLE };
  });
}

async function untilServed(pods: readonly AskedPod[]): Promise<void> {
  const never = new AbortController().signal;
  for (;;) {
    const tally: Tally = { asked: 0, failures: [], slowestMs: 0 };
    const round = AbortSignal.timeout(500);
    await askSteadily(pods, pods.length * 2, tally, systemClock, round);
    if (tally.failures.length === 0) return;
    await sleep(systemClock, LOOK_EVERY_MS, never);
  }
}

interface Feed {
  ends: number;
  longestGapMs: number;
  downSinceMs: number | undefined;
}

async function watchFeed({ adminUrl }: RunningAgent, feed: Feed, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    const isLive = (await readMetric(adminUrl, 'rolecall_agent_feed_state{state="live"}')) === 1;
    const nowMs = Date.now();
    if (!isLive) {
      if (feed.downSinceMs === undefined) feed.ends += 1;
      feed.downSinceMs ??= nowMs;
      feed.longestGapMs = Math.max(feed.longestGapMs, nowMs - feed.downSinceMs + LOOK_EVERY_MS);
    } else feed.downSinceMs = undefined;
    await sleep(systemClock, LOOK_EVERY_MS, end);
  }
}

async function watchAuthorities(
  { kubernetes }: Sandbox,
  seen: Set<string>,
  tally: Tally,
  end: AbortSignal,
): Promise<void> {
  while (!end.aborted) {
    const id = activeAuthority(kubernetes)?.id;
    if (id !== undefined && !seen.has(id)) {
      seen.add(id);
      say(`authority ${id} signs; ${tally.asked} requests so far, ${tally.failures.length} failed`);
    }
    await sleep(systemClock, LOOK_EVERY_MS, end);
  }
}

/** A certificate that is over, or that an authority signed which is no longer trusted. */
async function staleMaterial(
  { bundleFile }: Sandbox,
  servers: readonly RunningServer[],
  agents: readonly RunningAgent[],
): Promise<string[]> {
  const problems: string[] = [];
  const bundle = await readFile(bundleFile, "utf8");
  for (const { brokerPort } of servers) {
    const shown = await shownBy(brokerPort);
    if (!isSignedBy(shown.toString(), bundle)) problems.push(`a server shows a certificate that is not trusted`);
  }
  for (const { adminUrl } of [...servers, ...agents]) {
    const name = servers.some((server) => server.adminUrl === adminUrl) ? "server" : "agent";
    const endsAtS = await readMetric(adminUrl, `rolecall_${name}_certificate_expiry_seconds{certificate="own"}`);
    const leftS = endsAtS - Date.now() / 1_000;
    if (!(leftS > 0 && leftS <= 60)) problems.push(`the ${name}'s certificate has ${leftS.toFixed(0)} s left`);
  }
  return problems;
}
