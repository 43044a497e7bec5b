// The whole static gate: format and lint, types, boundaries, dead code, generated files. Runs every step and names each that failed.
import { spawnSync } from "node:child_process";

const STEPS = [
  ["format and lint", "biome", ["check", "--error-on-warnings"]],
  ["promises and exhaustive switches", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["boundaries", "depcruise", ["--config", ".dependency-cruiser.mjs", "packages", "proto/src"]],
  ["dead code", "knip", ["--no-progress"]],
  ["generated types of the wire contract", "node", [".ci/tasks/proto-types.mjs", "--check"]],
  ["the page of the command", "node", [".ci/tasks/cli-page.mjs"]],
  ["documents against code", "node", [".ci/tasks/check-docs.mjs"]],
  ["dashboards", "node", ["packages/dashboards/src/main.ts", "--check"]],
  ["alerts", "node", [".ci/tasks/alerts.mjs"]],
  ["chart", "node", [".ci/tasks/chart.mjs"]],
];

const failed = STEPS.filter(([name, command, args]) => {
  process.stderr.write(`check: ${name}\n`);
  return spawnSync(command, args, { stdio: "inherit" }).status !== 0;
});
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.map(([name]) => name).join(", ")}\n`);
  process.exitCode = 1;
}
