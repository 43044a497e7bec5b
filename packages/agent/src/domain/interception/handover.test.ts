import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { AgentTarget } from "./agent-target.ts";
import { decideHandover, type HandoverFacts, type Owner } from "./handover.ts";

const OWN: AgentTarget = { instance: "new", startedAtMs: 2_000, port: 40_001, isLoaded: true };
const OWNER: Owner = { instance: "old", startedAtMs: 1_000, port: 8_181 };
const decide = (facts: Partial<HandoverFacts>) =>
  decideHandover({ own: OWN, ownAnswers: true, owner: OWNER, ownerSilences: 0, ...facts }).kind;

test.each<[string, Partial<HandoverFacts>, string]>([
  ["an agent that does not listen yet", { own: undefined }, "stand-by"],
  ["an agent that does not listen yet, with no owner", { own: undefined, owner: undefined }, "stand-by"],
  ["its own agent is the owner", { owner: { ...OWNER, instance: "new" }, ownAnswers: false }, "keep"],
  ["no owner, or one that cannot be understood", { owner: undefined }, "take"],
  ["no owner and an agent that does not answer", { owner: undefined, ownAnswers: false }, "stand-by"],
  ["no owner and an agent without its view", { owner: undefined, own: { ...OWN, isLoaded: false } }, "take"],
  ["a loaded agent, younger than the owner", {}, "take"],
  ["a loaded agent that does not answer", { ownAnswers: false }, "stand-by"],
  ["an agent that is not loaded, and an owner that lives", { own: { ...OWN, isLoaded: false } }, "stand-by"],
  ["an owner that missed one connection", { own: { ...OWN, isLoaded: false }, ownerSilences: 1 }, "stand-by"],
  ["an owner that missed two", { own: { ...OWN, isLoaded: false }, ownerSilences: 2 }, "take"],
  ["an owner that is younger and lives", { owner: { ...OWNER, startedAtMs: 3_000 } }, "stand-by"],
  ["an owner that is younger and missed two", { owner: { ...OWNER, startedAtMs: 3_000 }, ownerSilences: 2 }, "take"],
  ["an owner that missed two, and an agent that does not answer", { ownerSilences: 2, ownAnswers: false }, "stand-by"],
  [
    "an agent that listens where the owner's did",
    { own: { ...OWN, isLoaded: false, port: OWNER.port }, owner: { ...OWNER, startedAtMs: 3_000 } },
    "take",
  ],
])("%s", (_, facts, decision) => {
  expect(decide(facts)).toBe(decision);
});

/** Agents of a node, each with a keeper, and the one record they share; each step is one keeper's look, or a fate. */
interface Agent extends AgentTarget {
  readonly lives: boolean;
}
const fates = fc.array(
  fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom("look", "look", "look", "die", "load"),
  }),
  { maxLength: 60 },
);
const anyAgents = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }).map((starts) =>
  starts.map(
    (startedAtMs, index): Agent => ({
      instance: `agent-${index}`,
      startedAtMs,
      port: 9_000 + index,
      isLoaded: false,
      lives: true,
    }),
  ),
);

test("between agents that live the rules change hands towards the younger alone, and then stay", () => {
  fc.assert(
    fc.property(anyAgents, fates, (agents, steps) => {
      let owner: Owner | undefined;
      const silences = [0, 0, 0];
      const look = (who: number) => {
        const own = agents[who];
        if (!own?.lives) return false;
        const holder = agents.find(({ instance }) => instance === owner?.instance);
        silences[who] = holder && !holder.lives ? (silences[who] ?? 0) + 1 : 0;
        const { kind } = decideHandover({ own, ownAnswers: true, owner, ownerSilences: silences[who] });
        if (kind !== "take") return false;
        if (holder?.lives) {
          expect(own.isLoaded).toBe(true);
          expect(own.startedAtMs).toBeGreaterThanOrEqual(holder.startedAtMs);
        }
        owner = own;
        return true;
      };
      for (const { who, what } of steps) {
        const agent = agents[who];
        if (!agent) continue;
        if (what === "look") look(who);
        else agents[who] = { ...agent, ...(what === "die" ? { lives: false } : { isLoaded: true }) };
      }
      const round = () => agents.filter((_, index) => look(index)).length;
      for (let settling = 0; settling < 4; settling++) round();
      expect(round()).toBe(0);
      const living = agents.filter(({ lives }) => lives);
      if (living.length > 0) expect(living.map(({ instance }) => instance)).toContain(owner?.instance);
    }),
  );
});
