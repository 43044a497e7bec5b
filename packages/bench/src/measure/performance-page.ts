import type { FeedResults } from "./feed.ts";
import type { MachineFacts } from "./machine-facts.ts";
import type { MemoryResults } from "./memory.ts";
import type { MetadataResults } from "./metadata.ts";
import type { RefreshResults } from "./refresh.ts";
import type { Results } from "./results.ts";
import type { ServerResults } from "./server.ts";
import { targets } from "./targets.ts";
import type { TelemetryResults } from "./telemetry.ts";

/** The results as the page `docs/performance.md`, with what a reader needs to judge and to repeat them. */
export function performancePage(results: Results): string {
  const { metadata, telemetry, memory, feed, server, refresh } = results;
  const sections = [
    introduction(results),
    reached(results),
    metadata && requests(metadata),
    telemetry && recorded(telemetry),
    memory && agentMemory(memory),
    feed && fanOut(feed),
    server && clusterSizes(server),
    refresh && refreshing(refresh),
    ELSEWHERE,
  ];
  return `${sections.filter((section) => section !== undefined).join("\n\n")}\n`;
}

const introduction = ({ machine, quick, tookSeconds }: Results): string => `# Performance

Made by a run of

\`\`\`sh
npm run bench -- --markdown docs/performance.md --json bench.json
\`\`\`

on ${described(machine)}, in ${tookSeconds} s${quick ? " with `--quick`, so that the figures are rough" : ""}.
Figures of one machine say little about another; what carries over is how ours stand beside bare \`node:http\`, measured in
the same run on the same two programs' terms. Run it on a machine that does nothing else: \`npm run bench -- --help\` tells
how to measure less or faster.`;

const described = ({ cpu, cores, memoryGb, kernel, node, rolecall, date }: MachineFacts): string =>
  `${date.slice(0, 10)} with Rolecall ${rolecall} and Node ${node.slice(1)}, on ${cores} cores of ${cpu} with ${memoryGb} GB (${kernel})`;

function reached(results: Results): string {
  const rows = targets(results).map(({ what, wanted, measured, met }) => [
    what,
    wanted,
    measured,
    met ? "yes" : "**no**",
  ]);
  return `## What is to be reached\n\n${table(["", "wanted", "measured", "reached"], rows)}`;
}

function requests(results: MetadataResults): string {
  const { rounds, roundMs, keepAlive } = results;
  return `## Credentials for pods

The real agent, started as its image starts it, answers the credentials of a pod with a session token; beside it Node's own
HTTP server sends the same bytes with Node's own settings and does nothing else. The two take turns, ${rounds} rounds of
${roundMs / 1_000} s each, and the medians stand here. A load generator in a third process asks again as soon as it is
answered; where its share of a core is well below 1, it was not what limited the figures. The processor time a request takes
is the server's alone, and what a busy machine changes least.

Each request has a connection of its own, as every answer of the agent closes its connection. This is what pods meet, and
what the goals are held against:

${sideBySide(results)}

With connections that are used again, which the agent never allows, the network's part is gone and ours stands out:

${sideBySide(keepAlive)}`;
}

function sideBySide({ ours, bare, ratio }: Pick<MetadataResults, "ours" | "bare" | "ratio">): string {
  const rows = (["c1", "c16", "c64"] as const).flatMap((level) =>
    [
      { name: "agent", figures: ours[level] },
      { name: "bare `node:http`", figures: bare[level] },
    ].map(({ name, figures }) => [
      `${level.slice(1)} · ${name}`,
      String(figures.rps) + (name === "agent" ? ` (${ratio[level].rps} ×)` : ""),
      `${figures.p50Ms} ms`,
      `${figures.p99Ms} ms${name === "agent" ? ` (${ratio[level].p99} ×)` : ""}`,
      `${figures.cpuMicrosPerRequest} µs`,
      String(figures.generatorCpu),
    ]),
  );
  return table(["connections", "requests/s", "p50", "p99", "processor time a request", "generator's cores"], rows);
}

const recorded = ({ recorded, unrecorded, costShare }: TelemetryResults): string => `## What metrics and logs cost

The same agent with and without its recorder, over 16 connections: ${recorded.cpuMicrosPerRequest} µs of processor time a
request with it and ${unrecorded.cpuMicrosPerRequest} µs without, ${(costShare * 100).toFixed(1)} %
(${recorded.rps} against ${unrecorded.rps} requests/s). Requests are counted and timed, and not logged.`;

function agentMemory({ requests, bare, keeper, ...ours }: MemoryResults): string {
  const phases = ["before", "during", "after"] as const;
  const cell = ({ rssMb, anonMb }: { rssMb: number; anonMb: number }) => `${rssMb} / ${anonMb} MB`;
  return `## Memory of the agent

Resident and, after the slash, anonymous memory before, at most during, and after a flood of ${requests} requests over 64
connections. What is not anonymous is for the most part the Node binary, which all Node processes of a machine share.

${table(
  ["", ...phases],
  [
    ["agent", ...phases.map((phase) => cell(ours[phase]))],
    ["bare `node:http`", ...phases.map((phase) => cell(bare[phase]))],
  ],
)}

The keeper, the other process of an agent's pod, has no part in requests: ${cell(keeper)}.`;
}

const fanOut = (feed: readonly FeedResults[]): string => `## From a pod's event to the agent's view

From the moment the Kubernetes API has a new pod until its credentials stand in the view of its node's agent, over the
server's watch, its verdict and a gRPC stream with mutual TLS. All agents run in one process here, so that the last column,
a pod on every node in the same moment, is for the most part their work.

${table(
  ["agents", "50 events/s, p50", "p99", "one on every node at once, p50", "p99"],
  feed.map(({ agents, steady, burst }) => [
    String(agents),
    ...[steady.p50Ms, steady.p99Ms, burst.p50Ms, burst.p99Ms].map((delay) => `${delay} ms`),
  ]),
)}`;

const clusterSizes = (sizes: readonly ServerResults[]): string => `## The server in a cluster

Every pod carries a role and is some 5 kB as JSON, on 30 to a node. The sandbox's Kubernetes API is a process of its own;
how long the first list takes is in part its doing. Processor time is the server's.

${table(
  ["pods", "RSS / anonymous", "most while listing", "known after", "processor time", "cores at 50 events/s"],
  sizes.map(({ pods, rssMb, anonMb, peakRssMb, syncMs, syncCpuSeconds, cpuAt50EventsPerSecond }) => [
    pods.toLocaleString("en"),
    `${rssMb} / ${anonMb} MB`,
    `${peakRssMb} MB`,
    `${(syncMs / 1_000).toFixed(1)} s`,
    `${syncCpuSeconds} s`,
    String(cpuAt50EventsPerSecond),
  ]),
)}`;

const refreshing = ({
  assumptions,
  seconds,
  cpuSeconds,
  perCpuSecond,
}: RefreshResults): string => `## Credentials from STS

${assumptions} assumptions were asked of a stand-in for STS and fed to an agent in ${seconds} s, for ${cpuSeconds} s of the
server's processor time: ${perCpuSecond} for each. At one refresh every 26 minutes that one second in a hundred of one core
keeps ${(Math.round((perCpuSecond * 26 * 60) / 100 / 1_000) * 1_000).toLocaleString("en")} assumptions fresh.`;

const ELSEWHERE = `## What the real cluster shows

Two figures need a kernel, a kubelet and containers. They are cases of the suite \`main-path\`, which prints them
(\`npm run e2e -- main-path\`, [packages/e2e](../packages/e2e/README.md)): "50 pods that start together have credentials at
their first request, without a retry", and "with all servers stopped, pods keep getting credentials".`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
