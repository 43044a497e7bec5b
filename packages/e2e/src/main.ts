// The end-to-end tests: each suite on a real cluster of its own, raised for it and ended after it.
import { execFileSync } from "node:child_process";
import type { Cluster } from "./cluster/cluster.ts";
import { prepare } from "./cluster/prepare.ts";
import { raiseCluster, THREE_NODES } from "./cluster/raise-cluster.ts";
import { cliSuite } from "./suites/cli/suite.ts";
import { faultsSuite } from "./suites/faults/suite.ts";
import { identitySuite } from "./suites/identity/suite.ts";
import { installSuite } from "./suites/install/suite.ts";
import { interception } from "./suites/interception/suite.ts";
import { mainPath } from "./suites/main-path/suite.ts";
import { skipUnlessPossibleHere } from "./support/possible-here.ts";
import { Report } from "./support/report.ts";

const WORK_DIR = "/var/lib/rolecall-e2e";
const SUITES = {
  "main-path": mainPath,
  interception,
  identity: identitySuite,
  install: installSuite,
  cli: cliSuite,
  faults: faultsSuite,
};

async function onCluster(suite: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await raiseCluster({ nodes: THREE_NODES, workDir: WORK_DIR });
  const stop = () => void cluster.down().finally(() => process.exit(1));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await suite(cluster);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await cluster.down({ keepLogs: true });
  }
}

/** @param names of suites; all when empty */
async function runSuites(names: readonly string[]): Promise<number> {
  const report = new Report();
  await prepare();
  execFileSync(process.execPath, [".ci/tasks/build.mjs"], { stdio: "inherit" });
  for (const [name, suite] of Object.entries(SUITES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stdout.write(`# ${name}\n`);
    try {
      await onCluster((cluster) => suite(report, cluster));
    } catch (error) {
      await report.fail(`the suite ${name} ran to its end`, error);
    }
  }
  return report.close();
}

process.exitCode = (await skipUnlessPossibleHere()) ?? (await runSuites(process.argv.slice(2)));
