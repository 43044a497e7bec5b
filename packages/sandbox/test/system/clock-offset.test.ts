import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Clock } from "@rolecall/common/time/clock";
import { FakeClock } from "../../src/clock/fake-clock.ts";
import type { Running } from "../../src/system/processes.ts";
import { Harness, ROLE_LIST, until } from "./harness.ts";

const MINUTE_MS = 60_000;
let clock: FakeClock;
let harness: Harness;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  harness = await Harness.start({ clock });
});
afterEach(() => harness.stop());

/** The clock of a machine that nobody keeps in time. */
const ahead = (ms: number): Clock => ({
  nowMs: () => clock.nowMs() + ms,
  setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
});

const offsetOf = async ({ adminUrl }: Running): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(/^rolecall_\w+_clock_offset_seconds (\S+)$/m.exec(metrics)?.[1]);
};

describe.each([
  ["ten minutes ahead", 10 * MINUTE_MS],
  ["four minutes behind", -4 * MINUTE_MS],
])("with a node's clock %s and the server's 20 minutes ahead", (_how, nodeMs) => {
  test("a pod is told by its node's clock when its credentials end, and both say how far they are off", async () => {
    const server = await harness.server({ clock: ahead(20 * MINUTE_MS) });
    await harness.untilReady(server);
    const agent = await harness.agent({ brokerPort: server.brokerPort, clock: ahead(nodeMs) });
    await harness.untilReady(agent);
    const pod = harness.pod("shop-web");
    await until(async () => {
      await clock.advance(1_000);
      return (await offsetOf(agent)) !== 0;
    });
    const { status, body } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
    expect(status).toBe(200);
    const left = Date.parse((JSON.parse(body) as { Expiration: string }).Expiration) - ahead(nodeMs).nowMs();
    expect(left).toBeGreaterThan(53 * MINUTE_MS);
    expect(left).toBeLessThanOrEqual(55 * MINUTE_MS + 2_000);
    // Within the second that HTTP's date leaves open.
    expect(Math.abs((await offsetOf(server)) - 1_200)).toBeLessThanOrEqual(1);
    expect(Math.abs((await offsetOf(agent)) - nodeMs / 1_000)).toBeLessThanOrEqual(1.1);
    const warnings = harness.logLines.filter((line) => line.includes("differs from that of AWS"));
    expect(warnings).toHaveLength(2);
  });
});

test("with all clocks in time what STS says is handed on to the second", async () => {
  const { server, agent } = await harness.both();
  const pod = harness.pod("shop-web");
  const { body } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
  const issuedMs = Math.floor(clock.nowMs() / 1_000) * 1_000;
  expect(Date.parse((JSON.parse(body) as { Expiration: string }).Expiration)).toBe(issuedMs + 55 * MINUTE_MS);
  expect([await offsetOf(server), await offsetOf(agent)]).toEqual([0, 0]);
});
