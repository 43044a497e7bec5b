import { expect, test } from "@jest/globals";
import { mayTakePods } from "./startup-gate.ts";

const GOOD = { viewGeneration: 7, interception: "STATE_IN_PLACE", probe: "PROBE_ARRIVES" };

test.each([
  ["with its view, its rules and a probe that arrives", {}],
  ["that cannot be probed", { probe: "PROBE_UNAVAILABLE" }],
  ["whose probe is switched off", { probe: "PROBE_OFF" }],
  ["that does not intercept at all", { interception: "STATE_OFF", probe: "PROBE_UNSPECIFIED" }],
])("a node %s may take pods", (_what, change) => {
  expect(mayTakePods({ ...GOOD, ...change })).toBe(true);
});

test.each([
  ["without its view", { viewGeneration: 0 }],
  ["whose rules are broken", { interception: "STATE_BROKEN" }],
  ["whose rules have not been looked at", { interception: "STATE_UNSPECIFIED" }],
  ["that has not been probed yet", { probe: "PROBE_UNSPECIFIED" }],
  ["whose probe is refused", { probe: "PROBE_REFUSED" }],
  ["past which pods get", { probe: "PROBE_PASSED_BY" }],
  ["whose probe is lost", { probe: "PROBE_LOST" }],
  ["that says what this server does not know", { probe: "PROBE_NOVEL" }],
])("a node %s may not", (_what, change) => {
  expect(mayTakePods({ ...GOOD, ...change })).toBe(false);
});
