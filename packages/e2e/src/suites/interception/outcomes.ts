import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { BOTH_FLUSHED } from "./node-rules.ts";
import { tableOf, withTable } from "./page.ts";
import type { Scene } from "./scene.ts";
import { type Cell, fillTable } from "./truth-table.ts";

const PAGE = join(import.meta.dirname, "..", "..", "..", "..", "..", "docs", "fail-closed.md");
/** A pass every ten seconds, and the time that it takes on a slow machine. */
const RECONCILED_MS = 13_000;

/** `ROLECALL_WRITE_DOCS=1` writes what was seen into the page; otherwise the page must say it. */
export async function tellTheTruth(scene: Scene): Promise<void> {
  const { report } = scene.parts;
  let cells: readonly Cell[] = [];
  await report.case(
    "in no situation of agent, server, credentials and rules does a pod get the node's role",
    async () => {
      cells = await fillTable(scene);
      const leaks = cells.filter(({ outcomes }) =>
        Object.values(outcomes).some((each) => /node-role|wrong/.test(each)),
      );
      assert.deepEqual(leaks, []);
    },
  );
  await report.case("docs/fail-closed.md says what every situation comes to", () => {
    const page = readFileSync(PAGE, "utf8");
    const seen = withTable(page, tableOf(cells));
    if (process.env["ROLECALL_WRITE_DOCS"]) writeFileSync(PAGE, seen);
    else assert.equal(page, seen);
  });
}

export async function bothFlushed(scene: Scene): Promise<void> {
  const { report, rules, clients, servers, agents } = scene.parts;
  await report.case(
    "root flushes interception and guard: pods reach the node's role until the keeper's next pass, and a metric says so",
    async () => {
      await servers.start();
      await agents.start();
      await scene.untilReady();
      const failedOpen = async () => (await scene.metric('fail_open_total{seen="rules"}')) ?? 0;
      const before = await failedOpen();
      await rules.bringAbout(BOTH_FLUSHED);
      const beginMs = performance.now();
      let openMs = 0;
      await eventually({ what: "the pod's own role again", everyMs: 50 }, async () => {
        const { valid } = await clients.ask(["valid"]);
        if (valid === "node-role") openMs = performance.now() - beginMs;
        return valid === "role";
      });
      process.stdout.write(`  # the node's role was to be had for ${(openMs / 1_000).toFixed(1)} s\n`);
      assert.ok(openMs < RECONCILED_MS, `${openMs} ms`);
      await eventually({ what: "the metric" }, async () => (await failedOpen()) > before);
      await scene.untilReady();
    },
  );
}
