import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Harness, until } from "./harness.ts";

const hasPromtool = spawnSync("promtool", ["--version"]).error === undefined;
if (!hasPromtool && !process.env["CI"])
  process.stderr.write("skipped: promtool check metrics (promtool is not installed; Debian has it in `prometheus`)\n");

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

test("docs/metrics.md describes every metric that the processes export, and no other", async () => {
  const server = await harness.server({ flags: ["--metrics-role-arn"] });
  const agent = await harness.agent({ brokerPort: server.brokerPort });
  await harness.untilReady(agent);
  const exported = (
    await Promise.all([server, agent].map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()))
  )
    .flatMap((text) => [...text.matchAll(/^# HELP (rolecall_\S+) (.*)\n# TYPE \S+ (\S+)$/gm)])
    .map(([, name, help, type]) => ({ name, type, help }));
  const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^\| `(rolecall_\S+)` \| (\S+) \|.*\| (.+) \|$/gm)].map(
    ([, name, type, help]) => ({
      name,
      type,
      help,
    }),
  );
  const byName = (a: { name: string | undefined }, b: { name: string | undefined }) =>
    (a.name ?? "") < (b.name ?? "") ? -1 : 1;
  expect(documented.sort(byName)).toEqual(exported.sort(byName));
});

(hasPromtool || process.env["CI"] ? test : test.skip)("promtool finds nothing to say against any metric", async () => {
  const { server, agent } = await harness.both();
  await harness.ask(harness.pod("shop-web"), agent);
  for (const { adminUrl } of [server, agent]) {
    const input = await (await fetch(`${adminUrl}/metrics`)).text();
    const { stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect(stdout + stderr).toBe("");
  }
});

test("calls between agent and server are timed on both ends", async () => {
  const { server, agent } = await harness.both();
  for (const [adminUrl, prefix] of [
    [server.adminUrl, "rolecall_server"],
    [agent.adminUrl, "rolecall_agent"],
  ] as const) {
    await until(async () => {
      const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
      return ["WatchNode", "ReportNode"].every((method) =>
        metrics.includes(`${prefix}_grpc_seconds_count{method="${method}",code="OK"} 1`),
      );
    });
  }
  expect(await (await fetch(`${server.adminUrl}/metrics`)).text()).toMatch(/^rolecall_server_feed_bytes_total [1-9]/m);
});

test("a pod that is denied or failed is counted with its reason on both ends", async () => {
  const { server, agent } = await harness.both();
  harness.pod("app", "lab");
  for (const [adminUrl, line] of [
    [server.adminUrl, 'rolecall_server_grants{state="denied",reason="namespace-policy-missing"} 1'],
    [agent.adminUrl, 'rolecall_agent_pods{standing="denied",reason="namespace-policy-missing"} 1'],
  ] as const) {
    await until(async () => (await (await fetch(`${adminUrl}/metrics`)).text()).includes(line));
  }
});
