import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { FakeClock } from "../../src/clock/fake-clock.ts";
import type { RunningAgent } from "../../src/system/processes.ts";
import { TcpDoor } from "../../src/tcp/tcp-door.ts";
import { Harness, type PodOnNode, roleArn, until } from "./harness.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

jest.setTimeout(120_000);

let clock: FakeClock;
let harness: Harness;
const doors: TcpDoor[] = [];

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  harness = await Harness.start({ clock });
});
afterEach(async () => {
  await harness.stop();
  for (const door of doors.splice(0)) await door.stop();
});

async function aDoor(): Promise<TcpDoor> {
  const door = await TcpDoor.open();
  doors.push(door);
  return door;
}

const standing = async ({ adminUrl }: RunningAgent, kind: string): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(
    new RegExp(`^rolecall_agent_pods\\{[^}]*standing="${kind}"[^}]*\\} (\\d+)$`, "m").exec(metrics)?.[1] ?? 0,
  );
};
const assumed = (role?: string): number => harness.sandbox.sts.countAssumeRole(role && roleArn(role));

/** Lets time pass until it is so. */
async function advanceUntil(isSo: () => Promise<boolean>, stepMs = SECOND_MS): Promise<void> {
  while (!(await isSo())) await clock.advance(stepMs);
}

/** A held answer comes when its time is over, which must pass meanwhile. */
async function ask(pod: PodOnNode, agent: RunningAgent): Promise<number> {
  let isDone = false;
  const asked = harness.ask(pod, agent).finally(() => {
    isDone = true;
  });
  await until(async () => {
    if (!isDone) await clock.advance(10);
    return isDone;
  });
  return (await asked).status;
}

test("1,000 pods of one role at once cost exactly one AssumeRole", async () => {
  const { agent } = await harness.both();
  const pods = Array.from({ length: 1_000 }, () => harness.pod("shop-web"));
  await until(async () => (await standing(agent, "ready")) === 1_000);
  for (const pod of [pods[0], pods[499], pods[999]]) expect(await ask(pod as PodOnNode, agent)).toBe(200);
  expect(assumed()).toBe(1);
});

test("500 roles whose servers all die and come back: no request fails, and STS is asked for nothing twice", async () => {
  const door = await aDoor();
  const servers = [await harness.server(), await harness.server()];
  for (const server of servers) await harness.untilReady(server);
  door.leadTo(...servers.map(({ brokerPort }) => brokerPort));
  const agent = await harness.agent({ brokerPort: door.port });
  await harness.untilReady(agent);
  const pods = Array.from({ length: 500 }, (_, index) => harness.pod(`shop-${index}`));
  await advanceUntil(async () => (await standing(agent, "ready")) === 500);
  expect(assumed()).toBe(500);

  const statuses = new Set<number>();
  let round = 0;
  const askSome = async () => {
    round += 1;
    for (let pod = round % 100; pod < pods.length; pod += 100) statuses.add(await ask(pods[pod] as PodOnNode, agent));
  };
  door.leadTo();
  for (const server of servers) {
    door.reset(server.brokerPort);
    await server.stop();
    await askSome();
  }
  const back = [await harness.server(), await harness.server()];
  for (const server of back) await harness.untilReady(server);
  door.leadTo(...back.map(({ brokerPort }) => brokerPort));
  const feeds = () => harness.logLines.filter((line) => line.includes("opened a node feed")).length;
  await advanceUntil(async () => feeds() >= 2);
  for (let part = 0; part < 100; part += 1) await askSome();
  expect(assumed()).toBe(500);

  // The refreshes fall due together as far as they may, and stay within 50 at once and 20 a second.
  const startedAtMs = clock.nowMs();
  while (clock.nowMs() < startedAtMs + 32 * MINUTE_MS) {
    const before = assumed();
    await clock.advance(10 * SECOND_MS);
    expect(assumed() - before).toBeLessThanOrEqual(50 + 10 * 20);
    await askSome();
  }
  await until(async () => assumed() === 1_000);
  expect(statuses).toEqual(new Set([200]));
});

describe("a role that STS refuses", () => {
  test("costs a call for each step of its backoff, however many pods ask, and heals without a restart", async () => {
    const random = () => 0.999_999;
    const server = await harness.server({ random });
    const agent = await harness.agent({ brokerPort: server.brokerPort, random });
    await harness.untilReady(agent);
    harness.sandbox.sts.roles.deny(roleArn("shop-web"));
    const pods = Array.from({ length: 50 }, () => harness.pod("shop-web"));
    await until(async () => (await standing(agent, "failed")) === 50);
    for (let second = 0; second < 300; second += 10) {
      await clock.advance(10 * SECOND_MS);
      for (const pod of pods.slice(0, 5)) expect(await ask(pod, agent)).toBe(503);
    }
    // At 0, 10, 30, 70 and 150 s; the next is due at 310 s.
    expect(assumed()).toBe(5);
    harness.sandbox.sts.roles.allow(roleArn("shop-web"));
    await advanceUntil(async () => (await standing(agent, "ready")) === 50);
    expect(assumed()).toBe(6);
  });

  test("is asked for at once when its namespace changes", async () => {
    const { agent } = await harness.both();
    harness.sandbox.sts.roles.deny(roleArn("shop-web"));
    harness.pod("shop-web");
    await until(async () => (await standing(agent, "failed")) === 1);
    await clock.advance(2 * SECOND_MS);
    harness.sandbox.sts.roles.allow(roleArn("shop-web"));
    harness.sandbox.kubernetes.workloads.updateNamespace("shop", {
      metadata: { annotations: { "iam.amazonaws.com/permitted": `${roleArn("shop-.+")}` } },
    });
    await until(async () => (await standing(agent, "ready")) === 1);
  });
});

test("a pod that is deleted has nothing any more, and its role's credentials leave the node", async () => {
  const { agent } = await harness.both();
  const pod = harness.pod("shop-web");
  await until(async () => (await standing(agent, "ready")) === 1);
  harness.sandbox.kubernetes.workloads.deletePod(pod.ref);
  await until(async () => (await standing(agent, "ready")) === 0);
  expect(await ask(pod, agent)).toBe(503);
});

test("a verdict is logged and counted once, however often the agent connects", async () => {
  const door = await aDoor();
  const server = await harness.server();
  await harness.untilReady(server);
  door.leadTo(server.brokerPort);
  const agent = await harness.agent({ brokerPort: door.port });
  harness.pod("shop-web");
  await until(async () => (await standing(agent, "ready")) === 1);
  for (let connection = 1; connection <= 3; connection += 1) {
    door.reset();
    await advanceUntil(
      async () => harness.logLines.filter((line) => line.includes("opened a node feed")).length > connection,
      100,
    );
  }
  expect(harness.logLines.filter((line) => line.includes("granted a role to a pod"))).toHaveLength(1);
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
  expect(metrics).toContain('rolecall_server_grants_total{outcome="granted"} 1');
});
