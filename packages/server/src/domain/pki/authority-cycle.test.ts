import { describe, expect, test } from "@jest/globals";
import { type Authority, type AuthorityState, activeAuthority, bundleOf, NO_AUTHORITIES } from "./authority.ts";
import { type CycleStep, nextStep, withNew } from "./authority-cycle.ts";
import { type PkiSettings, settingsProblems, trustedAfterRetirementMs } from "./pki-settings.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SETTINGS: PkiSettings = { authorityLifeMs: 90 * DAY_MS, leafLifeMs: DAY_MS, spreadMs: HOUR_MS };

const anAuthority = (id: string, change: Partial<Authority> = {}): Authority => ({
  id,
  certificatePem: `certificate ${id}`,
  keyPem: `key ${id}`,
  createdAtMs: 0,
  notAfterMs: SETTINGS.authorityLifeMs,
  phase: { kind: "active", sinceMs: 0 },
  ...change,
});
const stateOf = (...authorities: readonly Authority[]): AuthorityState => ({ generation: 7, authorities });
const stepAt = (nowMs: number, state: AuthorityState, { published = true } = {}): CycleStep =>
  nextStep({ state, nowMs, settings: SETTINGS, isPublished: () => published });
const phases = (step: CycleStep) =>
  step.kind === "write" ? step.state.authorities.map(({ id, phase }) => `${id} ${phase.kind}`) : step.kind;

const DUE_MS = 60 * DAY_MS;
const waiting = (publishedAtMs: number | undefined) =>
  anAuthority("b", {
    createdAtMs: DUE_MS,
    notAfterMs: DUE_MS + 90 * DAY_MS,
    phase: { kind: "prepared", publishedAtMs },
  });

describe("the ordinary course", () => {
  test("the first authority signs at once, since nobody trusts another", () => {
    expect(stepAt(0, NO_AUTHORITIES)).toEqual({ kind: "make", as: "active", change: "first-made" });
  });

  test("a successor is made when a third of the active one's life is left", () => {
    const state = stateOf(anAuthority("a"));
    expect(stepAt(DUE_MS - 1, state)).toEqual({ kind: "rest" });
    expect(stepAt(DUE_MS, state)).toEqual({ kind: "make", as: "prepared", change: "successor-made" });
  });

  test("a successor waits until the bundle holds it, however long that takes", () => {
    const state = stateOf(anAuthority("a"), waiting(undefined));
    expect(stepAt(DUE_MS + DAY_MS, state, { published: false }).kind).toBe("rest");
    expect(stepAt(DUE_MS + DAY_MS, state)).toMatchObject({ change: "successor-published" });
  });

  test("a published successor takes over when the bundle has had its time to spread, and not before", () => {
    const state = stateOf(anAuthority("a"), waiting(DUE_MS));
    expect(stepAt(DUE_MS + HOUR_MS - 1, state)).toEqual({ kind: "rest" });
    expect(phases(stepAt(DUE_MS + HOUR_MS, state))).toEqual(["a retired", "b active"]);
  });

  test("a successor does not take over while somebody has taken it from the bundle", () => {
    expect(stepAt(DUE_MS + HOUR_MS, stateOf(anAuthority("a"), waiting(DUE_MS)), { published: false }).kind).toBe(
      "rest",
    );
  });

  test("a retired authority is trusted until the last certificate it may have signed is over", () => {
    const retired = anAuthority("a", { phase: { kind: "retired", sinceMs: DUE_MS } });
    const state = stateOf(retired, anAuthority("b", { createdAtMs: DUE_MS, notAfterMs: DUE_MS + 90 * DAY_MS }));
    const untilMs = DUE_MS + trustedAfterRetirementMs(SETTINGS);
    expect(untilMs).toBeGreaterThan(DUE_MS + SETTINGS.leafLifeMs);
    expect(stepAt(untilMs - 1, state)).toEqual({ kind: "rest" });
    expect(phases(stepAt(untilMs, state))).toEqual(["b active"]);
  });

  test("every change raises the generation", () => {
    expect(stepAt(DUE_MS + HOUR_MS, stateOf(anAuthority("a"), waiting(DUE_MS)))).toMatchObject({
      state: { generation: 8 },
    });
    expect(withNew(stateOf(anAuthority("a")), anAuthority("b"), "prepared", 0).generation).toBe(8);
  });
});

describe("what has gone wrong is put right", () => {
  test("an active authority that is over is replaced at once where there is no other", () => {
    const state = stateOf(anAuthority("a"));
    expect(stepAt(90 * DAY_MS, state)).toEqual({ kind: "make", as: "active", change: "replaced" });
    const replaced = withNew(state, anAuthority("b", { createdAtMs: 90 * DAY_MS }), "active", 90 * DAY_MS);
    expect(replaced.authorities.map(({ phase }) => phase.kind)).toEqual(["retired", "active"]);
  });

  test("an active authority that is over is succeeded by the one that was waiting, before its time", () => {
    expect(phases(stepAt(90 * DAY_MS, stateOf(anAuthority("a"), waiting(90 * DAY_MS - 1))))).toEqual([
      "a retired",
      "b active",
    ]);
  });

  test("where the clock has moved back before the active one, the retired one that is valid signs again", () => {
    const state = stateOf(
      anAuthority("a", { phase: { kind: "retired", sinceMs: 60 * DAY_MS } }),
      anAuthority("b", { createdAtMs: 60 * DAY_MS, phase: { kind: "active", sinceMs: 60 * DAY_MS } }),
    );
    expect(phases(stepAt(30 * DAY_MS, state))).toEqual(["a active", "b retired"]);
  });

  test("a clock that is five minutes behind changes nothing", () => {
    const state = stateOf(
      anAuthority("a", { createdAtMs: 5 * 60_000, phase: { kind: "active", sinceMs: 5 * 60_000 } }),
    );
    expect(stepAt(0, state).kind).toBe("rest");
  });

  test("a successor of a time that has not come is removed", () => {
    expect(phases(stepAt(DUE_MS - DAY_MS, stateOf(anAuthority("a"), waiting(DUE_MS))))).toEqual(["a active"]);
  });

  test("a time to spread that began in the future begins again", () => {
    const state = stateOf(anAuthority("a"), waiting(DUE_MS + DAY_MS));
    expect(stepAt(DUE_MS, state)).toMatchObject({
      change: "successor-published",
      state: { authorities: [{}, { phase: { publishedAtMs: DUE_MS } }] },
    });
  });

  test("of two active ones the later stays", () => {
    const later = anAuthority("b", { phase: { kind: "active", sinceMs: 1 } });
    expect(phases(stepAt(2, stateOf(later, anAuthority("a"))))).toEqual(["b active", "a retired"]);
  });
});

test("the bundle is one text for one set of authorities, in whatever order they stand", () => {
  const [a, b] = [anAuthority("a"), waiting(0)];
  expect(bundleOf(stateOf(a, b))).toBe("certificate a\ncertificate b\n");
  expect(bundleOf(stateOf(b, a))).toBe(bundleOf(stateOf(a, b)));
  expect(activeAuthority(stateOf(b, a))).toBe(a);
});

test("lives that leave no time for an overlap are refused with the least that would do", () => {
  expect(settingsProblems(SETTINGS)).toEqual([]);
  expect(settingsProblems({ ...SETTINGS, authorityLifeMs: 2 * DAY_MS })).toEqual([
    expect.stringMatching(/^--authority-life: must be at least \d+s/),
  ]);
});
