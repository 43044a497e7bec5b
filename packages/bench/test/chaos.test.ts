import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Judge } from "../src/chaos/judge.ts";
import { Pods } from "../src/chaos/pods.ts";
import { runChaos } from "../src/chaos/run-chaos.ts";
import { World } from "../src/chaos/world.ts";

jest.setTimeout(120_000);

test("three minutes of trouble: no pod is refused what is at hand, nor given what is expired or another's", async () => {
  const { signal } = new AbortController();
  const { violations, unhealed, requests } = await runChaos({ seed: 3, minutes: 3, say: () => {}, signal });
  expect([violations, unhealed]).toEqual([[], []]);
  expect(requests.answered).toBeGreaterThan(100);
});

describe("the judge", () => {
  let world: World;
  let pods: Pods;
  let judge: Judge;

  beforeEach(async () => {
    world = await World.create({ servers: 1, nodes: 1, random: () => 0.5 });
    pods = new Pods(world);
    pods.add(0, "role-1");
    judge = new Judge(world);
  });
  afterEach(() => world.stop());

  /** What a pod was answered, with credentials that STS issued for a role. */
  function judged(role: string, endedMs = 0) {
    const [pod, agent] = [pods.all[0], world.agent(0)];
    if (!pod || !agent) throw new Error("there is no pod or no agent");
    const expirationMs = world.nowMs - endedMs + 900_000;
    const arn = { partition: "aws", accountId: "123456789012", roleName: role };
    const { accessKeyId } = world.sandbox.sts.identities.openSession(
      `arn:aws:iam::1:role/${role}`,
      arn,
      "x",
      expirationMs,
    );
    const answer = { kind: "credentials", role, accessKeyId, expirationMs } as const;
    return { pod, agent, verdict: judge.answered(pod, agent, answer, world.nowMs) };
  }

  test("finds nothing wrong with a pod's own, and holds the agent to them until they end", async () => {
    const { pod, agent, verdict } = judged("role-1");
    expect([verdict, judge.isHeldByAgent(pod, agent)]).toEqual([undefined, true]);
    await world.clock.advance(900_000);
    expect(judge.isHeldByAgent(pod, agent)).toBe(false);
  });

  test("finds another's", () => {
    expect(judged("role-2").verdict).toMatchObject({ violation: "foreign-credentials-handed-out" });
  });

  test("finds those that have ended", () => {
    expect(judged("role-1", 900_001).verdict).toMatchObject({ violation: "expired-credentials-handed-out" });
  });

  test("knows what the servers hold", async () => {
    const [pod, agent] = [pods.all[0], world.agent(0)];
    if (!pod || !agent) throw new Error("there is no pod or no agent");
    while ((await judge.wayTo(pod, agent)) !== "fed") await world.pass(250);
    world.killServer(0);
    expect(await judge.wayTo(pod, agent)).toBeUndefined();
  });
});
