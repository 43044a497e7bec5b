import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { CONNECTION_REFUSALS, handshakeProblem } from "./handshake-problem.ts";

test("docs/troubleshooting.md says of every reason of a refused connection what to change, and of no other", () => {
  const page = readFileSync(new URL("../../../../../docs/troubleshooting.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## An agent is refused"), page.indexOf("## A renewed certificate"));
  const cells = [...section.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell]) => cell ?? "");
  const documented = cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, reason]) => reason));
  expect(documented.toSorted()).toEqual(CONNECTION_REFUSALS.toSorted());
});

test("a peer's alert is its refusal of our certificate, and what is not known keeps OpenSSL's words", () => {
  const error = (code: string) => Object.assign(new Error("what OpenSSL said"), { code });
  expect(handshakeProblem(error("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA")).reason).toBe("peer-refused-us");
  expect(handshakeProblem(error("ERR_SSL_SOMETHING_NEW"))).toEqual({
    reason: "handshake-failed",
    detail: "ERR_SSL_SOMETHING_NEW: what OpenSSL said",
  });
});
