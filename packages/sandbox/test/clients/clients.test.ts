import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { CLIENTS } from "./clients.ts";
import { clientsPage, versionsOn } from "./clients-page.ts";
import { SCENARIOS } from "./scenarios.ts";
import { startSituation } from "./situation.ts";

const PAGE = new URL("../../../../docs/clients.md", import.meta.url);

/** How many scenarios each client has been through, and its version. */
const passed = new Map<string, number>();
const versions = new Map<string, string>();

for (const { missing } of CLIENTS) if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.each(CLIENTS)("$name", (client) => {
  const run = client.missing === undefined ? test.concurrent : test.skip;
  for (const scenario of SCENARIOS) {
    run(
      scenario.title,
      async () => {
        const situation = await startSituation(client, scenario);
        try {
          await scenario.run(situation);
        } finally {
          await situation.end();
        }
        versions.set(client.name, situation.clientVersion);
        passed.set(client.name, (passed.get(client.name) ?? 0) + 1);
      },
      60_000,
    );
  }
});

test("docs/clients.md names these clients and scenarios, and no others", () => {
  if (process.env["ROLECALL_WRITE_DOCS"] === "1") {
    const unproven = CLIENTS.filter(({ name }) => passed.get(name) !== SCENARIOS.length).map(({ name }) => name);
    expect(unproven).toEqual([]);
    writeFileSync(PAGE, clientsPage(CLIENTS, SCENARIOS, versions));
  }
  const page = readFileSync(PAGE, "utf8");
  expect(page).toBe(clientsPage(CLIENTS, SCENARIOS, versionsOn(page)));
});
