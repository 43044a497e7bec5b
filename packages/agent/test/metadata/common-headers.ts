import { expect } from "@jest/globals";
import type { WireAnswer } from "./wire.ts";

/** Case 59: what every answer carries and what none does, whatever it says. */
export function expectCommonHeaders({ headers, status }: WireAnswer): void {
  expect(headers.get("server")).toBe("EC2ws");
  expect(headers.get("connection")).toBe("close");
  expect(headers.get("content-length")).toMatch(/^\d+$/);
  expect(headers.has("transfer-encoding")).toBe(false);
  expect(headers.has("location")).toBe(false);
  expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  expect(status < 300 || status >= 400).toBe(true);
}
