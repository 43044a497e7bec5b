import { expect, test } from "@jest/globals";
import { tableOf, withTable } from "./page.ts";

const PAGE =
  "# Title\n\n<!-- Made by `npm run e2e -- interception`: the table -->\n\nold\n\n<!-- The end of the table -->\n\nRest\n";
const CELL = { server: "up", agent: "down", rules: "whole" } as const;

test("a table stands in the order of its dimensions, and takes the place of the one before", () => {
  const refused = { valid: "refused", expired: "refused", none: "refused" };
  const table = tableOf([
    { ...CELL, server: "down", outcomes: refused },
    { ...CELL, outcomes: { ...refused, valid: "its role" } },
  ]);
  expect(table.split("\n").slice(2)).toEqual([
    "| up | down | whole | its role | refused | refused |",
    "| down | down | whole | refused | refused | refused |",
  ]);
  const page = withTable(PAGE, table);
  expect(page).toContain(`-->\n\n${table}\n\n<!-- The end`);
  expect(page).not.toContain("old");
  expect(withTable(page, table)).toBe(page);
});

test("a page without a place for it is an error", () => {
  expect(() => withTable("# Title\n", "")).toThrow("docs/fail-closed.md needs the lines");
});
