// The suite alone, on a cluster of its own: node .ci/toolchain/run.mjs node packages/e2e/src/suites/install/main.ts
import { execFileSync } from "node:child_process";
import { prepare } from "../../cluster/prepare.ts";
import { raiseCluster, THREE_NODES } from "../../cluster/raise-cluster.ts";
import { Report } from "../../support/report.ts";
import { installSuite } from "./suite.ts";

await prepare();
execFileSync(process.execPath, [".ci/tasks/build.mjs"], { stdio: "inherit" });
const report = new Report();
const cluster = await raiseCluster({ nodes: THREE_NODES, workDir: "/var/lib/rolecall-install" });
try {
  await installSuite(report, cluster);
} catch (error) {
  await report.fail("the suite ran to its end", error);
} finally {
  await cluster.down({ keepLogs: true });
}
process.exitCode = report.close();
