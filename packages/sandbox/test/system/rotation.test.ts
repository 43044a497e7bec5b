import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { FakeClock } from "../../src/clock/fake-clock.ts";
import type { RunningAgent, RunningServer } from "../../src/system/processes.ts";
import { Harness, type PodOnNode, ROLE_LIST, until } from "./harness.ts";

const MINUTE_MS = 60_000;
/** Refreshes leave a minute more than is asked for here, so that a step may end late in it. */
const STEP_MS = 20_000;
const SESSION_MS = 60 * MINUTE_MS;

jest.setTimeout(60_000);

let clock: FakeClock;
let harness: Harness;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  harness = await Harness.start({ clock });
});
afterEach(() => harness.stop());

/** What a pod was answered at one moment. */
interface Look {
  readonly status: number;
  /** The bodies of what is not 200. */
  readonly body?: string;
  readonly expiration?: string;
  /** Minutes that are left of the credentials as the pod is told. */
  readonly left?: number;
}

/** A pod on a node, with time in the test's hand. */
class Life {
  readonly agent: RunningAgent;
  readonly pod: PodOnNode;
  readonly accessKeys = new Set<string>();

  #server: RunningServer | undefined;

  private constructor(server: RunningServer, agent: RunningAgent, pod: PodOnNode) {
    this.#server = server;
    this.agent = agent;
    this.pod = pod;
  }

  /** @param jitter where in its span each refresh falls, in [0, 1) */
  static async begin(jitter = 0.5): Promise<Life> {
    const random = () => jitter;
    const server = await harness.server({ random });
    const agent = await harness.agent({ brokerPort: server.brokerPort, random });
    await harness.untilReady(agent);
    const life = new Life(server, agent, harness.pod("shop-web"));
    await until(async () => (await life.look()).status === 200);
    return life;
  }

  /** Lets time pass, and gives what the pod was answered after each step of it. */
  async *during(ms: number): AsyncGenerator<Look> {
    for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; ) {
      await clock.advance(STEP_MS);
      await this.#refreshed();
      yield await this.look();
    }
  }

  /** For good. */
  async loseServers(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async look(): Promise<Look> {
    const { status, body } = await harness.ask(this.pod, this.agent, `${ROLE_LIST}shop-web`);
    if (status !== 200) return { status, body };
    const { AccessKeyId, Expiration } = JSON.parse(body) as { AccessKeyId: string; Expiration: string };
    this.accessKeys.add(AccessKeyId);
    return { status, expiration: Expiration, left: (Date.parse(Expiration) - clock.nowMs()) / MINUTE_MS };
  }

  /** Waits, while time stands still, until STS has answered and the agent has heard of it. */
  async #refreshed(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const asking = /^rolecall_server_assumptions\{state="(fetching|refreshing)"\} [1-9]/m;
    await until(async () => !asking.test(await (await fetch(`${server.adminUrl}/metrics`)).text()));
    await until(async () => {
      await this.look();
      return this.accessKeys.size === harness.sandbox.sts.countAssumeRole();
    });
  }
}

describe("while all is well, a pod is told of 25 to 60 minutes in whole seconds of UTC", () => {
  test.each([0, 0.5, 0.999_999])("at every moment of two hours, with a jitter of %d", async (jitter) => {
    const life = await Life.begin(jitter);
    for await (const { status, expiration, left } of life.during(120 * MINUTE_MS)) {
      expect(status).toBe(200);
      expect(expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(left).toBeGreaterThanOrEqual(25);
      expect(left).toBeLessThanOrEqual(60);
    }
    expect(life.accessKeys.size).toBeGreaterThanOrEqual(5);
  });
});

describe("while credentials live, a pod is never refused and never told of what is over", () => {
  test("with STS away, and it has its time again a minute after", async () => {
    const life = await Life.begin();
    await harness.sandbox.sts.refuseConnections();
    for await (const { status, left } of life.during(SESSION_MS - MINUTE_MS)) {
      expect(status).toBe(200);
      expect(left).toBeGreaterThan(0);
    }
    await harness.sandbox.sts.acceptConnections();
    for await (const { status } of life.during(MINUTE_MS)) expect(status).toBe(200);
    expect((await life.look()).left).toBeGreaterThanOrEqual(25);
  });

  test("with all servers away", async () => {
    const life = await Life.begin();
    await life.loseServers();
    for await (const { status, left } of life.during(SESSION_MS - MINUTE_MS)) {
      expect(status).toBe(200);
      expect(left).toBeGreaterThan(0);
    }
  });

  test("with STS away for longer, and then refused with an empty 503 until STS is back", async () => {
    const life = await Life.begin();
    await harness.sandbox.sts.refuseConnections();
    const endMs = clock.nowMs() + SESSION_MS;
    for await (const { status, body, left } of life.during(SESSION_MS + 20 * MINUTE_MS)) {
      if (clock.nowMs() < endMs - 1_000) expect(left).toBeGreaterThan(0);
      else if (clock.nowMs() >= endMs) expect({ status, body }).toEqual({ status: 503, body: "" });
    }
    await harness.sandbox.sts.acceptConnections();
    for await (const _look of life.during(MINUTE_MS));
    expect((await life.look()).left).toBeGreaterThanOrEqual(25);
  });
});
