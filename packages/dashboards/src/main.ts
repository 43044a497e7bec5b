// Writes the dashboards into the chart, from where Grafana's sidecar or a person takes them. With --check: fails where
// what is there is not what this makes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLEET } from "./fleet.ts";
import { ONE_NODE } from "./node.ts";
import { toGrafana } from "./to-grafana.ts";

const DIRECTORY = join(import.meta.dirname, "..", "..", "..", "charts", "rolecall", "files", "dashboards");

const isCheck = process.argv.includes("--check");
mkdirSync(DIRECTORY, { recursive: true });
for (const dashboard of [FLEET, ONE_NODE]) {
  const file = join(DIRECTORY, `${dashboard.uid}.json`);
  const json = `${JSON.stringify(toGrafana(dashboard), null, 2)}\n`;
  if (!isCheck) writeFileSync(file, json);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== json) {
    process.stderr.write(
      `${file} is not what packages/dashboards makes; run \`npm run dashboards\` and see git diff\n`,
    );
    process.exitCode = 1;
  }
}
