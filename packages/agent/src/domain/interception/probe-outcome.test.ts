import { expect, test } from "@jest/globals";
import { type ProbeAttempt, probeResult } from "./probe-outcome.ts";

const AGENT: ProbeAttempt = { kind: "answered", by: "agent" };
const ANOTHER: ProbeAttempt = { kind: "answered", by: "another" };
const REFUSED: ProbeAttempt = { kind: "refused" };
const LOST: ProbeAttempt = { kind: "lost" };
const FAILED: ProbeAttempt = { kind: "failed", why: "no such address" };

test("all is well where the agent answers and the guard refuses", () => {
  expect(probeResult({ metadata: AGENT, guarded: REFUSED })).toEqual({ outcome: "arrives" });
});

test.each([
  ["passed-by", ANOTHER, REFUSED, /not the agent/],
  ["passed-by", AGENT, ANOTHER, /past the guard/],
  ["passed-by", REFUSED, ANOTHER, /past the guard/],
  ["passed-by", ANOTHER, FAILED, /not the agent/],
  ["unavailable", FAILED, REFUSED, /no such address/],
  ["refused", REFUSED, REFUSED, /no agent listens/],
  ["refused", REFUSED, LOST, /no agent listens/],
  ["lost", LOST, REFUSED, /neither answered nor refused/],
  ["lost", AGENT, LOST, /the guard does not reach/],
] as const)("%s: metadata %j, guarded port %j", (outcome, metadata, guarded, problem) => {
  expect(probeResult({ metadata, guarded })).toEqual({ outcome, problem: expect.stringMatching(problem) });
});
