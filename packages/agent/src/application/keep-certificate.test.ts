import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { silentLog } from "../../test/support/silence.ts";
import { KeepCertificate } from "./keep-certificate.ts";
import { BrokerError } from "./ports/broker.ts";

const HOUR_MS = 3_600_000;
const LIFE_MS = 24 * HOUR_MS;

let clock: FakeClock;
let bundle: string | undefined;
/** The authority that signs now, and whether any server does. */
let authority: string;
let failure: BrokerError | undefined;
let asked: number;
let given: string[];
let reports: (string | undefined)[];
let stopping: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  [bundle, authority, failure, asked, given, reports] = ["a", "a", undefined, 0, [], []];
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await running;
});

async function start(): Promise<void> {
  const keeper = new KeepCertificate({
    enrollment: {
      ask: async () => {
        asked += 1;
        if (failure) throw failure;
        return { certificatePem: `${authority}-${asked}`, notAfterMs: clock.nowMs() + LIFE_MS };
      },
    },
    readBundle: async () =>
      bundle === undefined ? { kind: "unusable", problem: "no such file" } : { kind: "usable", pem: bundle },
    makeKey: () => ({ keyPem: "key", request: Buffer.alloc(0) }),
    isSignedBy: (certificate, trusted) => trusted.includes(certificate.split("-")[0] ?? ""),
    onMaterial: ({ certificatePem, bundlePem }) => given.push(`${certificatePem} ${bundlePem}`),
    report: (problem) => reports.push(problem),
    clock,
    random: () => 0.5,
    recorder: { certificateAsked: () => {} },
    log: silentLog,
  });
  running = keeper.run(stopping.signal);
  await clock.advance(0);
}

describe("a node's certificate", () => {
  test("is asked for at the start and again at half of its life", async () => {
    await start();
    expect(given).toEqual(["a-1 a"]);
    await clock.advance(12 * HOUR_MS - 1);
    expect(asked).toBe(1);
    await clock.advance(5_001);
    expect(given).toEqual(["a-1 a", "a-2 a"]);
  });

  test("waits for the bundle, and says so once", async () => {
    bundle = undefined;
    await start();
    await clock.advance(9_000);
    expect(asked).toBe(0);
    expect(reports).toEqual([expect.stringContaining("they publish them in a ConfigMap")]);
    bundle = "a";
    await clock.advance(1_000);
    expect(given).toEqual(["a-1 a"]);
    expect(reports.at(-1)).toBeUndefined();
  });

  test("is given up by an agent that has just started and gets no bundle: the kubelet brings it with the next start", async () => {
    bundle = undefined;
    await start();
    const ended = running.catch((error: unknown) => String(error));
    running = Promise.resolve();
    await clock.advance(10_000);
    expect(await ended).toContain("the servers' authorities are not here yet (no such file)");
  });

  test("stays as it is while no server signs another, which is asked for ever more seldom", async () => {
    await start();
    failure = new BrokerError("unavailable", "no servers");
    await clock.advance(12 * HOUR_MS + 5_000);
    const before = asked;
    await clock.advance(HOUR_MS);
    expect(asked - before).toBeGreaterThan(60);
    expect(asked - before).toBeLessThan(130);
    expect(given).toHaveLength(1);
    failure = undefined;
    await clock.advance(60_000);
    expect(given).toHaveLength(2);
  });

  test("goes on with a new bundle that still holds its authority", async () => {
    await start();
    bundle = "a b";
    await clock.advance(5_000);
    expect([asked, given]).toEqual([1, ["a-1 a", "a-1 a b"]]);
  });

  test("is asked for anew when its authority is no longer trusted", async () => {
    await start();
    [bundle, authority] = ["b", "b"];
    await clock.advance(5_000);
    expect(given.at(-1)).toBe("b-2 b");
  });

  test("is asked for anew when the clock has moved back before it", async () => {
    await start();
    const laterMs = clock.nowMs();
    const nowMs = clock.nowMs.bind(clock);
    clock.nowMs = () => nowMs() - 10 * HOUR_MS;
    await clock.advance(5_000);
    expect(clock.nowMs()).toBeLessThan(laterMs);
    expect(asked).toBe(2);
  });

  test("outlives a bundle that cannot be read any more", async () => {
    await start();
    bundle = undefined;
    await clock.advance(60_000);
    expect([asked, given]).toEqual([1, ["a-1 a"]]);
  });
});
