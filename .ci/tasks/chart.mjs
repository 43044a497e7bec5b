// Checks the chart: helm's own lint, the schema, and that what values render to is what charts/rolecall/tests/golden
// holds. With --update, writes it there instead.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findOnPath, findProgram } from "../../packages/e2e/src/cluster/programs.ts";
import { chartAgainstCode } from "./chart-against-code.mjs";

const CHART = "charts/rolecall";
const VALUES = globSync(`${CHART}/tests/values/*.yaml`).sort();
const DEFAULT = `${CHART}/tests/values/default.yaml`;
/** A helm that was built without its release's settings takes every cluster for Kubernetes 1.20. */
const CLUSTER = "--kube-version=1.34.0";

/** What helm must refuse, and what its message must name. */
const REFUSED = [
  [[], "image.registry must be set"],
  [["--set=imge.registry=x"], "imge"],
  [["--set=server.replicsa=3"], "replicsa"],
  [["--set=server.replicas=two"], "replicas"],
  [["--set=agent.metadata.tokens=sometimes"], "tokens"],
  [["--set=tls.mode=vault"], "mode"],
  [["--set=tls.mode=secret", "--set=tls.secret.server=s"], "tls.secret.agent must name the Secret"],
  [["--set=server.agentAuth=certificate"], "tls.mode managed signs an agent's certificate for its token"],
  [["--set=interception.enabled=false", "--set=interception.cleanup=true"], "interception.cleanup takes away"],
  ...[9610, 9611, 9620, 9621].map((port) => [
    ["--set=server.hostNetwork=true", "--set=server.dedicatedNodes.enabled=false", `--set=agent.adminPort=${port}`],
    `share nodes and the port ${port}`,
  ]),
  [["--set=interception.cleanupLabel=x/y", "--set=interception.enabled=false"], "interception.cleanupLabel takes away"],
  [["--set=interception.cleanupLabel=a=b"], "cleanupLabel"],
  [["--set=agent.maxSurge=0"], "both 0"],
  [["--set=agent.maxUnavailable=1"], "takes only one of them"],
  [["--set=interception.enabled=false", "--set=interception.hostInterface=eni+"], "interception.hostInterface narrows"],
];

const helm = findProgram("helm") ?? findOnPath("helm");
if (helm === undefined) {
  process.stderr.write(`${process.env.CI ? "cannot check" : "skipped"}: the chart, as there is no helm here\n`);
  process.exit(process.env.CI ? 1 : 0);
}

const problems = [];

for (const values of VALUES) {
  const lint = runHelm("lint", "--strict", CLUSTER, `--values=${values}`, CHART);
  if (lint.status !== 0) problems.push(`helm lint with ${values}: ${lint.output}`);
}

for (const [args, named] of REFUSED) {
  const registry = named.startsWith("image.registry") ? [] : [`--values=${DEFAULT}`];
  const { status, output } = template(...registry, ...args);
  if (status === 0 || !output.includes(named))
    problems.push(`${args.join(" ")} must be refused with "${named}": ${output}`);
}

const rendered = new Map();
for (const values of VALUES) {
  const { status, output } = template(`--values=${values}`);
  if (status !== 0) problems.push(`${values}: ${output}`);
  else rendered.set(basename(values, ".yaml"), output);
}
for (const [name, manifests] of rendered) compareWithGolden(join(CHART, "tests/golden", `${name}.yaml`), manifests);

problems.push(
  ...chartAgainstCode({
    chart: CHART,
    renders: [...rendered.values()],
    render: (...args) => template(`--values=${DEFAULT}`, ...args).output,
    helm: (...args) => runHelm(...args).output,
  }),
);

problems.push(...shippedFiles());

for (const problem of problems) process.stderr.write(`${problem.trim()}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

function template(...args) {
  return runHelm("template", "rolecall", CHART, "--namespace=rolecall", CLUSTER, ...args);
}

function runHelm(...args) {
  const { status, stdout, stderr } = spawnSync(helm, args, { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
  return { status, output: status === 0 ? stdout : `${stderr}${stdout}` };
}

/** Alerts and dashboards reach the cluster as they stand in files/, with the links to documents moved. */
function shippedFiles() {
  const { output } = template(
    `--values=${DEFAULT}`,
    "--set=metrics.prometheusRule.enabled=true,metrics.dashboards.enabled=true,docsUrl=https://docs.example/rolecall/",
  );
  const alerts = readFileSync(join(CHART, "files/alerts.yaml"), "utf8")
    .replaceAll("https://rolecall.dev/docs", "https://docs.example/rolecall")
    .replace(/^(?=.)/gm, "  ");
  const dashboards = globSync(`${CHART}/files/dashboards/*.json`).map((file) => [
    basename(file),
    `  ${basename(file)}: ${JSON.stringify(readFileSync(file, "utf8"))}\n`,
  ]);
  // Go's JSON escapes what HTML would trip over.
  const shipped = output.replaceAll(/\\u(003c|003e|0026)/g, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return [["the alerts", alerts], ...dashboards]
    .filter(([, text]) => !shipped.includes(text.trimEnd()))
    .map(([name]) => `the chart does not ship ${name} as they stand in its files`);
}

function compareWithGolden(file, manifests) {
  if (process.argv.includes("--update")) {
    mkdirSync(join(CHART, "tests/golden"), { recursive: true });
    writeFileSync(file, manifests);
  } else if (!existsSync(file) || readFileSync(file, "utf8") !== manifests) {
    problems.push(
      `${file} is not what the chart renders; see \`node .ci/toolchain/run.mjs node .ci/tasks/chart.mjs --update\` and git diff`,
    );
  }
}
