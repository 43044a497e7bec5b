import { describe, expect, test } from "@jest/globals";
import { aSnapshot, aViewedPod, credentialsUntil, granted } from "../../../test/support/makers.ts";
import { lacking } from "./lacking.ts";
import { NodeView } from "./node-view.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");

function lackOf(grant = granted(), failure?: string, expiresAtMs?: number) {
  const view = new NodeView();
  view.apply(aSnapshot([aViewedPod({ grant })], expiresAtMs ? { app: credentialsUntil(expiresAtMs) } : {}), NOW_MS);
  if (failure) view.apply({ kind: "assumption", key: "app", outcome: { kind: "failure", reason: failure } }, NOW_MS);
  return lacking(view, NOW_MS).get("app");
}

describe("a node lacks credentials", () => {
  test("that STS has not answered yet", () => {
    expect(lackOf()).toMatchObject({ assumptionKey: "app", pod: { uid: "app" }, isPending: true });
  });

  test.each(["sts-throttled", "sts-unreachable", "sts-own-credentials", "sts-clock-skew"])(
    "that its server could not obtain: %s",
    (reason) => expect(lackOf(granted(), reason)).toMatchObject({ isPending: false }),
  );

  test("that have expired", () => {
    expect(lackOf(granted(), undefined, NOW_MS)).toMatchObject({ isPending: false });
  });

  test("once, however many pods share them", () => {
    const view = new NodeView();
    view.apply(aSnapshot([aViewedPod(), aViewedPod({ uid: "twin" })]), NOW_MS);
    expect([...lacking(view, NOW_MS).keys()]).toEqual(["app"]);
  });
});

describe("a node lacks nothing", () => {
  test("where credentials live, though their refresh fails", () => {
    expect(lackOf(granted(), "sts-throttled", NOW_MS + 1)).toBeUndefined();
  });

  test.each(["sts-access-denied", "sts-invalid-request"])("where STS refuses the role itself: %s", (reason) => {
    expect(lackOf(granted(), reason)).toBeUndefined();
  });

  test.each([{ kind: "denied", reason: "role-not-permitted" }, { kind: "none" }] as const)(
    "where the verdict is $kind",
    (grant) => expect(lackOf(grant)).toBeUndefined(),
  );
});
