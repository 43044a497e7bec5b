// Checks alerts and dashboards: Prometheus' own verdict on the rules and their tests, a case in which each alert fires and
// one in which it does not, a section of the runbook for each, and that no query asks for a metric that there is not.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";

const RULES = "charts/rolecall/files/alerts.yaml";
const TESTS = "charts/rolecall/tests/alerts/alerts.test.yaml";
const [rules, tests, runbook, metrics] = [RULES, TESTS, "docs/runbook.md", "docs/metrics.md"].map((file) =>
  readFileSync(file, "utf8"),
);
const problems = [];
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);

const alerts = all(rules, /^ +- alert: (\w+)$/gm);
const cases = [...tests.matchAll(/^ +alertname: (\w+)\n +exp_alerts:( \[\])?$/gm)];
for (const alert of alerts) {
  const expected = cases.filter(([, name]) => name === alert).map(([, , none]) => none === undefined);
  if (!expected.includes(true)) problems.push(`${TESTS}: no case in which ${alert} fires`);
  if (!expected.includes(false)) problems.push(`${TESTS}: no case in which ${alert} does not fire`);
  if (!rules.includes(`runbook.md#${alert.toLowerCase()}\n`)) problems.push(`${RULES}: ${alert} has no runbook_url`);
}
const sections = all(runbook, /^### (\w+)$/gm);
for (const alert of alerts) if (!sections.includes(alert)) problems.push(`docs/runbook.md: no section ${alert}`);
for (const title of sections) if (!alerts.includes(title)) problems.push(`docs/runbook.md: there is no alert ${title}`);

const exported = all(metrics, /^\| `(rolecall_\w+)` \|/gm);
for (const file of [RULES, ...globSync("charts/rolecall/files/dashboards/*.json")]) {
  const asked = all(readFileSync(file, "utf8"), /\b(rolecall_(?:server|agent|keeper)_\w+)/g);
  for (const name of new Set(asked)) {
    if (!exported.includes(name) && !exported.includes(name.replace(/_(bucket|count|sum)$/, ""))) {
      problems.push(`${file}: docs/metrics.md knows no ${name}`);
    }
  }
}

for (const args of [
  ["check", "rules", RULES],
  ["test", "rules", TESTS],
]) {
  const { error, status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  if (error) {
    process.stderr.write(
      `${process.env.CI ? "cannot check" : "skipped"}: promtool ${args.join(" ")}, as it is not here (Debian: prometheus)\n`,
    );
    if (process.env.CI) process.exitCode = 1;
  } else if (status !== 0) problems.push(`promtool ${args.join(" ")}: ${stdout}${stderr}`);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
