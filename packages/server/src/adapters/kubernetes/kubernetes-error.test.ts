import { expect, test } from "@jest/globals";
import { isGone, KubernetesError, refusalStatus } from "./kubernetes-error.ts";

test("the API server's own words are kept, and what a proxy says is cut short", () => {
  expect(KubernetesError.fromAnswer(403, '{"message":"pods is forbidden"}').message).toBe("pods is forbidden");
  expect(KubernetesError.fromAnswer(502, `<html>${"x".repeat(9_000)}`).message).toHaveLength(200);
  expect(KubernetesError.fromAnswer(500, "").message).toBe("HTTP 500");
  expect(KubernetesError.fromAnswer(500, "null").message).toBe("null");
  expect(KubernetesError.fromAnswer(500, "{}").message).toBe("HTTP 500");
});

test("only a 410 of the API server means that versions are gone", () => {
  expect([
    isGone(new KubernetesError(410, "")),
    isGone(new KubernetesError(404, "")),
    isGone(new Error("410")),
  ]).toEqual([true, false, false]);
  expect(refusalStatus(new KubernetesError(403, ""))).toBe(403);
  expect(refusalStatus(new Error("ECONNRESET"))).toBeUndefined();
});
