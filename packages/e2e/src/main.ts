// The end-to-end tests: raises a real cluster, runs the suites on it, and ends it.
import { execFileSync } from "node:child_process";
import { prepare } from "./cluster/prepare.ts";
import { raiseCluster, THREE_NODES } from "./cluster/raise-cluster.ts";
import { mainPath } from "./suites/main-path/suite.ts";
import { skipUnlessPossibleHere } from "./support/possible-here.ts";
import { Report } from "./support/report.ts";

const WORK_DIR = "/var/lib/rolecall-e2e";

async function runSuites(): Promise<number> {
  const report = new Report();
  await prepare();
  execFileSync(process.execPath, [".ci/tasks/build.mjs"], { stdio: "inherit" });
  const cluster = await raiseCluster({ nodes: THREE_NODES, workDir: WORK_DIR });
  const stop = () => void cluster.down().finally(() => process.exit(1));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await mainPath(report, cluster);
  } catch (error) {
    await report.fail("the suite ran to its end", error);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await cluster.down({ keepLogs: true });
  }
  return report.close();
}

process.exitCode = (await skipUnlessPossibleHere()) ?? (await runSuites());
