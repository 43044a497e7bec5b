import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { RunningAgent, RunningServer } from "../../src/system/processes.ts";
import { TcpDoor } from "../../src/tcp/tcp-door.ts";
import { Harness, type PodOnNode, ROLE_LIST, until } from "./harness.ts";

let harness: Harness;
let doors: readonly TcpDoor[];

beforeEach(async () => {
  harness = await Harness.start();
  const first = await TcpDoor.open();
  doors = [first, await TcpDoor.open(Math.random, { host: "127.0.0.2", port: first.port })];
});
afterEach(async () => {
  await harness.stop();
  for (const door of doors) await door.stop();
});

/** A server behind one of the addresses that the servers' name has. */
async function server(index: 0 | 1): Promise<RunningServer> {
  const started = await harness.server();
  await harness.untilReady(started);
  doors[index]?.leadTo(started.brokerPort);
  return started;
}

/** The node's agent, fed by the server at the first of some addresses. */
async function agentFedByFirst(...addresses: readonly string[]): Promise<RunningAgent> {
  const agent = await harness.agent({
    brokerPort: doors[0]?.port ?? 0,
    lookup: async () => addresses.map((address) => ({ address, family: 4 })),
    random: () => 0.999,
  });
  await harness.untilReady(agent);
  return agent;
}

const keyOf = async (pod: PodOnNode, agent: RunningAgent): Promise<string | undefined> => {
  const { status, body } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
  return status === 200 ? (JSON.parse(body) as { AccessKeyId: string }).AccessKeyId : undefined;
};
const questions = async ({ adminUrl }: RunningAgent, outcome: string): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(
    new RegExp(`^rolecall_agent_other_server_questions_total\\{outcome="${outcome}"\\} (\\d+)$`, "m").exec(
      metrics,
    )?.[1] ?? 0,
  );
};

test.each([
  ["throttles", () => harness.sandbox.sts.faults.throttle()],
  ["answers nothing", () => harness.sandbox.sts.faults.hang({ action: "AssumeRole" })],
])(
  "an agent that lost its memory while STS %s has its pod's credentials of the server that fed it before",
  async (_how, fail) => {
    await server(0);
    const before = await agentFedByFirst("127.0.0.1");
    const pod = harness.pod("shop-web");
    await until(async () => (await keyOf(pod, before)) !== undefined);
    const key = await keyOf(pod, before);
    await before.stop();

    const endFailure = fail();
    await server(1);
    const calls = harness.sandbox.sts.countAssumeRole();
    const after = await agentFedByFirst("127.0.0.2", "127.0.0.1");
    await until(async () => (await keyOf(pod, after)) === key);
    expect(await questions(after, "found")).toBe(1);
    // The server that feeds it has asked in vain, and the one that holds them has not asked at all.
    await until(() => harness.sandbox.sts.countAssumeRole() > calls);
    endFailure();
  },
);

test("a pod that may not have its role is denied by every server, and none but its own is asked", async () => {
  await server(0);
  await server(1);
  const agent = await agentFedByFirst("127.0.0.2", "127.0.0.1");
  const pod = harness.pod("bank-web");
  await until(() => harness.events(pod).length > 0);
  expect((await harness.ask(pod, agent)).status).toBe(404);
  expect(
    (await questions(agent, "found")) + (await questions(agent, "not-found")) + (await questions(agent, "failed")),
  ).toBe(0);
});
