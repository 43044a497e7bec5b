import { expect, test } from "@jest/globals";
import { InterceptionState } from "./interception-state.ts";

const ignore = {
  rulesDrifted() {},
  rulesChecked() {},
  packetsCounted() {},
  probed() {},
  failedOpen() {},
  hostInterfaceChecked() {},
};

test("an agent that has not looked at the rules yet does not report them broken", () => {
  expect(new InterceptionState(true, ignore).current.interception).toBe("unknown");
  expect(new InterceptionState(false, ignore).current.interception).toBe("off");
});

test("the report says how the rules stood at the last look", () => {
  const state = new InterceptionState(true, ignore);
  state.rulesChecked({ reason: "not-kept", sentence: "another program removes them" });
  expect(state.current.interception).toBe("broken");
  state.rulesChecked(undefined);
  expect(state.current.interception).toBe("in-place");
});

test("the report says what came of the last probe, and whether there is any", () => {
  const state = new InterceptionState(true, ignore);
  expect(state.current.probe).toBe("unknown");
  state.probed({ outcome: "passed-by" });
  expect(state.current.probe).toBe("passed-by");
  state.probed(undefined);
  expect(state.current.probe).toBe("unknown");
  state.probed("off");
  expect(state.current.probe).toBe("off");
  expect(new InterceptionState(false, ignore).current.probe).toBe("off");
});

test("the report's counts are those of both address families", () => {
  const state = new InterceptionState(true, ignore);
  state.packetsCounted("ipv4", { interceptedConnections: 5, refusedPackets: 1, refusedDirectPackets: 0 });
  state.packetsCounted("ipv6", { interceptedConnections: 2, refusedPackets: 3, refusedDirectPackets: 0 });
  expect(state.current).toMatchObject({ interceptedConnections: 7, refusedPackets: 4 });
});

test("the report says how often the rules were found changed, and when last", () => {
  const state = new InterceptionState(true, ignore);
  expect(state.drift).toBeUndefined();
  state.rulesDrifted("ipv4", "chain-missing", 5_000);
  state.rulesDrifted("ipv6", "jump-missing", 7_000);
  expect(state.drift).toEqual({ times: 2, lastAtMs: 7_000 });
});
