import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type AuthorityState, activeAuthority, NO_AUTHORITIES } from "./authority.ts";
import { nextStep, withNew } from "./authority-cycle.ts";
import { type PkiSettings, settingsProblems, staleAfterMs } from "./pki-settings.ts";

const SETTINGS: PkiSettings = { authorityLifeMs: 300_000, leafLifeMs: 60_000, spreadMs: 10_000 };

interface Leaf {
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

interface Seen<T> {
  readonly value: T;
  readonly sinceMs: number;
}

/** What happens in a moment of a schedule. */
interface Moment {
  readonly passesMs: number;
  /** How many steps the leader gets done before it is lost. */
  readonly steps: number;
  /** Whether it is lost before it has published the bundle. */
  readonly publishes: boolean;
  /** Whether a server issues a certificate, and with how old a state, as a part of what is still fresh. */
  readonly issuesFrom: number | undefined;
}

const aMoment: fc.Arbitrary<Moment> = fc.record({
  passesMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 40_000 })),
  steps: fc.integer({ min: 0, max: 4 }),
  publishes: fc.boolean(),
  issuesFrom: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
});

/** A release under a schedule: what is written, what was published, and every certificate that is about. */
class World {
  nowMs = 1_000_000_000;
  state: AuthorityState = NO_AUTHORITIES;
  states: Seen<AuthorityState>[] = [];
  bundles: Seen<ReadonlySet<string>>[] = [];
  leaves: Leaf[] = [];
  made = 0;

  live({ passesMs, steps, publishes, issuesFrom }: Moment): void {
    this.nowMs += passesMs;
    if (publishes) this.publish();
    for (let done = 0; done < steps && this.step(); done += 1);
    if (issuesFrom !== undefined) this.issue(issuesFrom);
  }

  publish(): void {
    this.bundles.push({ value: new Set(this.state.authorities.map(({ id }) => id)), sinceMs: this.nowMs });
  }

  /** @returns whether there was something to do */
  step(): boolean {
    const { nowMs, state } = this;
    const published = this.bundles.at(-1)?.value ?? new Set<string>();
    const step = nextStep({ state, nowMs, settings: SETTINGS, isPublished: ({ id }) => published.has(id) });
    if (step.kind === "rest") return false;
    const notAfterMs = nowMs + SETTINGS.authorityLifeMs;
    this.state =
      step.kind === "write"
        ? step.state
        : withNew(
            state,
            { id: `ca-${++this.made}`, certificatePem: "", keyPem: "", createdAtMs: nowMs, notAfterMs },
            step.as,
            nowMs,
          );
    this.states.push({ value: this.state, sinceMs: nowMs });
    return true;
  }

  /** Until nothing is left to do, as a leader that is not lost does it. */
  settle(): void {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      this.publish();
      if (!this.step()) return;
    }
    throw new Error("the authorities never come to rest");
  }

  /** Comes to rest in a time of which nobody knows anything yet. */
  begin(): void {
    this.settle();
    this.bundles = [];
    this.publish();
    this.states = [{ value: this.state, sinceMs: this.nowMs }];
    this.leaves = [];
  }

  /** @param age how old a state the server goes by, from 0 (the present) to 1 (as old as may be) */
  issue(age: number): void {
    const readAtMs = this.nowMs - age * staleAfterMs(SETTINGS);
    const read = this.states.findLast(({ sinceMs }) => sinceMs <= readAtMs);
    const active = read && activeAuthority(read.value);
    if (!active || active.notAfterMs <= this.nowMs) return;
    const notAfterMs = Math.min(active.notAfterMs, this.nowMs + SETTINGS.leafLifeMs);
    this.leaves.push({ issuer: active.id, notBeforeMs: this.nowMs, notAfterMs });
  }

  /** Certificates that are valid now and whose issuer somebody does not trust. */
  lockedOut(): readonly string[] {
    const trusting = [
      ...inUse(this.bundles, this.nowMs, SETTINGS.spreadMs),
      ...inUse(this.states, this.nowMs, staleAfterMs(SETTINGS)).map(
        ({ authorities }) => new Set(authorities.map(({ id }) => id)),
      ),
    ];
    return this.leaves
      .filter(({ notBeforeMs, notAfterMs }) => notBeforeMs <= this.nowMs && this.nowMs < notAfterMs)
      .filter(({ issuer }) => trusting.some((trusted) => !trusted.has(issuer)))
      .map(({ issuer }) => issuer);
  }

  activeCount(): number {
    return this.state.authorities.filter(({ phase }) => phase.kind === "active").length;
  }
}

/** What somebody may still go by who is up to `lagMs` behind. */
function inUse<T>(seen: readonly Seen<T>[], nowMs: number, lagMs: number): readonly T[] {
  const present = seen.findLastIndex(({ sinceMs }) => sinceMs <= nowMs - lagMs);
  return seen.slice(Math.max(0, present)).map(({ value }) => value);
}

test("the settings of these schedules are ones that a server takes", () => {
  expect(settingsProblems(SETTINGS)).toEqual([]);
});

describe("on any schedule, with the leader lost between any two steps", () => {
  test("every valid certificate verifies against every bundle in use, and there are never two active authorities", () => {
    fc.assert(
      fc.property(fc.array(aMoment, { minLength: 30, maxLength: 120 }), (moments) => {
        const world = new World();
        world.begin();
        for (const moment of moments) {
          // A leader that is away for longer than a successor needs is another matter: see below.
          const active = activeAuthority(world.state);
          if (active && active.notAfterMs <= world.nowMs + moment.passesMs + 80_000) world.settle();
          world.live(moment);
          expect(world.lockedOut()).toEqual([]);
          expect(world.activeCount()).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("authorities follow each other and none is left behind", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 300, maxLength: 300 }), (pauses) => {
        const world = new World();
        world.begin();
        for (const passesMs of pauses) {
          world.nowMs += passesMs;
          world.settle();
          world.issue(0);
          expect(world.lockedOut()).toEqual([]);
          expect(world.state.authorities.length).toBeLessThanOrEqual(3);
        }
        const livedMs = pauses.reduce((sum, pause) => sum + pause, 0);
        expect(world.made).toBeGreaterThanOrEqual(Math.floor(livedMs / SETTINGS.authorityLifeMs));
      }),
      { numRuns: 20 },
    );
  });
});

describe("after a clock that moved, or servers that were all away", () => {
  const aJump = fc.oneof(
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
    fc.integer({ min: -100_000_000, max: 100_000_000 }),
  );

  test("one look brings an authority that is valid, and whoever asks anew is known to all who have looked", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(aJump, fc.array(aMoment, { maxLength: 15 })), { maxLength: 12 }), (life) => {
        const world = new World();
        world.begin();
        for (const [jumpMs, moments] of life) {
          world.nowMs += jumpMs;
          world.begin();
          const active = activeAuthority(world.state);
          expect(active?.notAfterMs).toBeGreaterThan(world.nowMs);
          for (const moment of moments) {
            if ((activeAuthority(world.state)?.notAfterMs ?? 0) <= world.nowMs + moment.passesMs + 80_000) break;
            world.live(moment);
            expect(world.lockedOut()).toEqual([]);
            expect(world.activeCount()).toBe(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
