// The end-to-end tests: each suite on a real cluster of its own, raised for it and ended after it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Cluster } from "./cluster/cluster.ts";
import { prepare } from "./cluster/prepare.ts";
import { raiseCluster, THREE_NODES } from "./cluster/raise-cluster.ts";
import { certManagerSuite } from "./suites/cert-manager/suite.ts";
import { cliSuite } from "./suites/cli/suite.ts";
import { faultsSuite } from "./suites/faults/suite.ts";
import { identitySuite } from "./suites/identity/suite.ts";
import { installSuite } from "./suites/install/suite.ts";
import { interception } from "./suites/interception/suite.ts";
import { mainPath } from "./suites/main-path/suite.ts";
import { DeadlineError, withinDeadline } from "./support/deadline.ts";
import { skipUnlessPossibleHere } from "./support/possible-here.ts";
import { Report } from "./support/report.ts";

const WORK_DIR = "/var/lib/rolecall-e2e";
/** Above every suite that ends, its cluster's rise and fall included. */
const SUITE_LIMIT_MS = 15 * 60_000;
const SUITES = {
  "main-path": mainPath,
  interception,
  identity: identitySuite,
  install: installSuite,
  cli: cliSuite,
  faults: faultsSuite,
  "cert-manager": certManagerSuite,
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
  for (const task of ["python-clients.mjs", "build.mjs"])
    execFileSync(process.execPath, [join(".ci/tasks", task)], { stdio: "inherit" });
  for (const [name, suite] of Object.entries(SUITES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stdout.write(`# ${name}\n`);
    try {
      await withinDeadline(`the suite ${name}`, SUITE_LIMIT_MS, () => onCluster((cluster) => suite(report, cluster)));
    } catch (error) {
      await report.fail(`the suite ${name} ran to its end`, error);
      // It may still be at work, on what would be the next one's cluster.
      if (error instanceof DeadlineError) break;
    }
  }
  return report.close();
}

// Whatever a case that hung left behind must not keep the process.
process.exit((await skipUnlessPossibleHere()) ?? (await runSuites(process.argv.slice(2))));
