import { parseArgs } from "node:util";
import { skipUnlessPossibleHere } from "../support/possible-here.ts";
import { openCluster } from "./cluster.ts";
import { lockedWorkDir } from "./cluster-lock.ts";
import { WorkDir } from "./cluster-state.ts";
import { prepare } from "./prepare.ts";
import { isRunning } from "./processes.ts";
import { raiseCluster, THREE_NODES } from "./raise-cluster.ts";
import { teardown } from "./teardown.ts";

/** Not in /tmp, where others could put a state file for root to act on. */
const DEFAULT_WORK_DIR = "/var/lib/rolecall-e2e";

const USAGE = `usage: node packages/e2e/src/cluster/main.ts COMMAND

  prepare           install and build what a cluster needs, once
  up                prepare, and raise a cluster that stays until \`down\`
  status            what is up
  exec NODE -- ...  run a command on a node
  down              end the cluster, whoever raised it, and give the machine back

  --work-dir DIR    where the cluster keeps its files (default ${DEFAULT_WORK_DIR})
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "work-dir": { type: "string" }, help: { type: "boolean", short: "h" } },
});
const [command, nodeName, ...rest] = positionals;
const workDir = new WorkDir(values["work-dir"] ?? lockedWorkDir() ?? DEFAULT_WORK_DIR);

const COMMANDS: Readonly<Record<string, () => Promise<number>>> = { prepare: prepareOnly, up, status, exec, down };

async function prepareOnly(): Promise<number> {
  await prepare();
  return 0;
}

async function up(): Promise<number> {
  const impossible = await skipUnlessPossibleHere();
  if (impossible !== undefined) return impossible;
  await prepare();
  const cluster = await raiseCluster({ nodes: THREE_NODES, workDir: workDir.path, stays: true, waitMs: 0 });
  process.stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
  return 0;
}

async function status(): Promise<number> {
  const cluster = openCluster(workDir.path);
  if (cluster === undefined) {
    process.stdout.write(`no cluster in ${workDir.path}\n`);
    return 1;
  }
  const dead = cluster.nodes.filter(({ init }) => !isRunning(init)).map(({ name }) => name);
  process.stdout.write(`cluster in ${workDir.path}\nexport KUBECONFIG=${cluster.kubeconfig}\n`);
  if (dead.length > 0) process.stdout.write(`dead nodes: ${dead.join(", ")}\n`);
  process.stdout.write(await cluster.kubectl.run(["get", "nodes,pods", "--all-namespaces", "--output=wide"]));
  return dead.length === 0 ? 0 : 1;
}

async function exec(): Promise<number> {
  const cluster = openCluster(workDir.path);
  if (cluster === undefined || nodeName === undefined || rest.length === 0) {
    process.stderr.write(cluster === undefined ? `no cluster in ${workDir.path}\n` : USAGE);
    return 2;
  }
  const { exitCode, stdout, stderr } = await cluster.node(nodeName).tryExec(rest);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exitCode;
}

async function down(): Promise<number> {
  await teardown(workDir);
  return 0;
}

const action = command === undefined ? undefined : COMMANDS[command];
if (values.help || action === undefined) {
  (values.help ? process.stdout : process.stderr).write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  try {
    process.exitCode = await action();
  } catch (error) {
    process.stderr.write(`${withCauses(error)}\n`);
    process.exitCode = 1;
  }
}

function withCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${withCauses(error.cause)}`;
}
