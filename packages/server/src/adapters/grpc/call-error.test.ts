import { readFileSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import { expect, test } from "@jest/globals";
import { CALL_FAILURES, callError } from "./call-error.ts";

test("docs/wire-contract.md names every reason with its code, and nothing else", () => {
  const page = readFileSync(new URL("../../../../../docs/wire-contract.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^\| `([a-z-]+)` \| ([A-Z_]+) \|/gm)].map(([, reason, code]) => [reason, code]);
  expect(documented).toEqual(CALL_FAILURES.map((reason) => [reason, status[callError(reason).code]]));
});
