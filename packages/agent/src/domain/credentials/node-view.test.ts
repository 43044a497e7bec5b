import { beforeEach, describe, expect, test } from "@jest/globals";
import { aSnapshot, aViewedPod, credentialsUntil, granted } from "../../../test/support/makers.ts";
import { NodeView } from "./node-view.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;
const live = credentialsUntil(NOW_MS + 30 * MINUTE_MS);
const refused = { kind: "failure", reason: "sts-access-denied" } as const;
let view: NodeView;

beforeEach(() => {
  view = new NodeView();
});

describe("a pod's standing", () => {
  test("is unknown until the feed has brought the pod", () => {
    view.apply(aSnapshot(), NOW_MS);
    expect(view.standing("app", NOW_MS)).toEqual({ kind: "unknown-grant", podUid: "app" });
  });

  test.each([
    ["no-role", { kind: "none" }],
    ["denied", { kind: "denied", reason: "role-not-permitted" }],
    ["pending", granted()],
  ] as const)("is %s by its grant", (kind, grant) => {
    view.apply(aSnapshot([aViewedPod({ grant })]), NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe(kind);
  });

  test("is ready with the credentials of its assumption, and of no other", () => {
    view.apply(aSnapshot([aViewedPod()], { app: live, other: credentialsUntil(NOW_MS + 1, "ASIAOTHER") }), NOW_MS);
    expect(view.standing("app", NOW_MS)).toMatchObject({ kind: "ready", credentials: live, role: { name: "app" } });
  });

  test("is failed from the very moment its credentials expire", () => {
    view.apply(aSnapshot([aViewedPod()], { app: live }), NOW_MS);
    expect(view.standing("app", live.expiresAtMs - 1).kind).toBe("ready");
    expect(view.standing("app", live.expiresAtMs).kind).toBe("failed");
  });

  test("is failed with the reason where STS refuses", () => {
    view.apply(aSnapshot([aViewedPod()]), NOW_MS);
    view.apply({ kind: "assumption", key: "app", outcome: refused }, NOW_MS);
    expect(view.standing("app", NOW_MS)).toMatchObject({ kind: "failed", reason: "sts-access-denied" });
  });

  test("stays ready on a failure while its credentials live, and not longer", () => {
    view.apply(aSnapshot([aViewedPod()], { app: live }), NOW_MS);
    view.apply({ kind: "assumption", key: "app", outcome: refused }, NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe("ready");
    view.apply({ kind: "assumption", key: "app", outcome: refused }, live.expiresAtMs);
    expect(view.standing("app", live.expiresAtMs)).toMatchObject({ kind: "failed", reason: "sts-access-denied" });
  });
});

describe("a snapshot", () => {
  test("takes away the pods it does not name, with their credentials", () => {
    view.apply(aSnapshot([aViewedPod()], { app: live }), NOW_MS);
    view.apply(aSnapshot([aViewedPod({ uid: "other", grant: { kind: "none" } })]), NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe("unknown-grant");
    expect(view.liveCredentials(NOW_MS).size).toBe(0);
  });

  test("of a server whose watch lags leaves the pods that the node itself still knows, until the feed takes them away", () => {
    view = new NodeView(() => ["app"]);
    view.apply(aSnapshot([aViewedPod(), aViewedPod({ uid: "gone" })], { app: live }), NOW_MS);
    view.apply(aSnapshot(), NOW_MS);
    expect(view.standing("app", NOW_MS)).toMatchObject({ kind: "ready", credentials: live });
    expect([view.isAdopted("app"), view.pod("gone")]).toEqual([true, undefined]);
    view.apply({ kind: "pod-removed", uid: "app" }, NOW_MS);
    expect(view.pod("app")).toBeUndefined();
  });

  test("of a server whose watch lags takes no pod back to what it was, and a change does", () => {
    const app = (version: number, role: string) => aViewedPod({ version, grant: granted(role) });
    const role = () => view.standing("app", NOW_MS);
    view.apply(aSnapshot([app(7, "new")], { new: live }), NOW_MS);
    view.apply(aSnapshot([app(6, "old")], { old: live }), NOW_MS);
    expect(role()).toMatchObject({ kind: "ready", role: { name: "new" } });
    view.apply(aSnapshot([app(7, "other")]), NOW_MS);
    expect(role()).toMatchObject({ role: { name: "other" } });
    view.apply({ kind: "pod", pod: app(1, "restored") }, NOW_MS);
    expect(role()).toMatchObject({ role: { name: "restored" } });
    view.apply(aSnapshot([app(0, "unsaid")]), NOW_MS);
    expect(role()).toMatchObject({ role: { name: "unsaid" } });
  });

  test("of a server whose watch lags takes a role from a pod where that server denies it", () => {
    view.apply(aSnapshot([aViewedPod({ version: 7 })], { app: live }), NOW_MS);
    view.apply(
      aSnapshot([aViewedPod({ version: 6, grant: { kind: "denied", reason: "role-not-permitted" } })]),
      NOW_MS,
    );
    expect(view.standing("app", NOW_MS).kind).toBe("denied");
  });

  test("of a server whose watch lags leaves the credentials of a pod that it names as it was", () => {
    view.apply(aSnapshot([aViewedPod({ version: 7 })], { app: live }), NOW_MS);
    view.apply(aSnapshot([aViewedPod({ version: 6, grant: granted("old") })]), NOW_MS);
    view.apply({ kind: "assumption-removed", key: "app" }, NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe("ready");
  });

  test("of a server that has just started leaves the credentials that live", () => {
    view.apply(aSnapshot([aViewedPod()], { app: live }), NOW_MS);
    view.apply(aSnapshot([aViewedPod()]), NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe("ready");
  });
});

describe("a pod that was asked for", () => {
  const outcome = { kind: "credentials", credentials: live } as const;

  test("is known at once, and survives a snapshot of a server whose watch lags", () => {
    view.adopt(aViewedPod(), { key: "app", outcome }, NOW_MS);
    view.apply(aSnapshot(), NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe("ready");
  });

  test("does not overrule what the feed has brought meanwhile", () => {
    view.apply({ kind: "pod", pod: aViewedPod({ grant: { kind: "none" } }) }, NOW_MS);
    view.adopt(aViewedPod(), { key: "app", outcome }, NOW_MS);
    expect(view.standing("app", NOW_MS).kind).toBe("no-role");
  });

  test("keeps its credentials when the last pod that the server names has no more use for them", () => {
    view.apply(aSnapshot([aViewedPod({ uid: "replaced" })], { app: live }), NOW_MS);
    view.adopt(
      aViewedPod({ uid: "replacement" }),
      { key: "app", outcome: { kind: "credentials", credentials: live } },
      NOW_MS,
    );
    view.apply({ kind: "pod-removed", uid: "replaced" }, NOW_MS);
    view.apply({ kind: "assumption-removed", key: "app" }, NOW_MS);
    expect(view.standing("replacement", NOW_MS).kind).toBe("ready");
  });

  test("goes when it leaves the node, unless the feed has taken it over", () => {
    view.adopt(aViewedPod(), undefined, NOW_MS);
    view.adopt(aViewedPod({ uid: "fed" }), undefined, NOW_MS);
    view.apply({ kind: "pod", pod: aViewedPod({ uid: "fed" }) }, NOW_MS);
    view.release("app", NOW_MS);
    view.release("fed", NOW_MS);
    expect(view.pod("app")).toBeUndefined();
    expect(view.pod("fed")).toBeDefined();
  });
});

describe("credentials of a server that does not feed the node", () => {
  const older = credentialsUntil(NOW_MS + 10 * MINUTE_MS, "ASIAOLDER");
  beforeEach(() => view.apply(aSnapshot([aViewedPod()]), NOW_MS));

  test("are given to the pod, and told to whoever waits for them", () => {
    const changes: string[] = [];
    view.onChange(({ kind }) => changes.push(kind));
    expect(view.takeOver("app", live, NOW_MS)).toBe(true);
    expect(view.standing("app", NOW_MS)).toMatchObject({ kind: "ready", credentials: live });
    expect(changes).toEqual(["assumption"]);
  });

  test("do not take the place of newer ones, whoever brings which", () => {
    view.takeOver("app", live, NOW_MS);
    expect(view.takeOver("app", older, NOW_MS)).toBe(false);
    view.apply({ kind: "assumption", key: "app", outcome: { kind: "credentials", credentials: older } }, NOW_MS);
    expect(view.standing("app", NOW_MS)).toMatchObject({ credentials: live });
  });

  test("give way to the newer ones that the feed brings", () => {
    view.takeOver("app", older, NOW_MS);
    view.apply({ kind: "assumption", key: "app", outcome: { kind: "credentials", credentials: live } }, NOW_MS);
    expect(view.standing("app", NOW_MS)).toMatchObject({ credentials: live });
  });

  test("are not taken when they have expired", () => {
    expect(view.takeOver("app", credentialsUntil(NOW_MS), NOW_MS)).toBe(false);
    expect(view.standing("app", NOW_MS).kind).toBe("pending");
  });
});

test("what is told to a new server is what lives", () => {
  view.apply(
    aSnapshot([aViewedPod(), aViewedPod({ uid: "b", grant: granted("b") })], {
      app: live,
      b: credentialsUntil(NOW_MS - 1),
    }),
    NOW_MS,
  );
  expect([...view.liveCredentials(NOW_MS).keys()]).toEqual(["app"]);
});
