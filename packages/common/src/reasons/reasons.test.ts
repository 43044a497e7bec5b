import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { DENIED_REASONS, FAILED_REASONS, TROUBLE_REASONS } from "./reasons.ts";

test("every reason has a section in docs/troubleshooting.md, and nothing else has", () => {
  const page = readFileSync(new URL("../../../../docs/troubleshooting.md", import.meta.url), "utf8");
  const sections = [...page.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  expect(sections).toEqual([...DENIED_REASONS, ...FAILED_REASONS, ...TROUBLE_REASONS]);
});
