import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Harness } from "./harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

test("docs/metrics.md describes every metric that the processes export, and no other", async () => {
  const { server, agent } = await harness.both();
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
  expect(documented).toEqual(exported);
});
