import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeInLab } from "./netfilter/describe-in-lab.ts";
import { type Actor, NodeLab } from "./netfilter/node-lab.ts";

const inLab = describeInLab("the handing over of the kernel rules");

const METADATA = "169.254.169.254";
const ALIAS = "169.254.253.1";
const PORT = "8181";

/** An agent and its keeper. Containers of a pod can be ended alone. */
interface AgentPod {
  readonly name: string;
  readonly exchange: string;
  readonly keeper: Actor;
  agent: Actor;
}

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

inLab.each(["nft", "legacy"])("two agents of one node whose rules are in the %s backend", (backend) => {
  const lab = new NodeLab();
  let directory: string;
  let hammer: Actor;

  const startAgent = (name: string, exchange: string, isLoaded = true) =>
    lab.start("node", "announce", ALIAS, PORT, name, exchange, String(isLoaded));
  const startPod = async (name: string, isLoaded = true): Promise<AgentPod> => {
    const exchange = join(directory, name);
    mkdirSync(exchange);
    const keeper = lab.startPodKeeper(exchange, join(directory, "state"));
    const agent = startAgent(name, exchange, isLoaded);
    await agent.next();
    return { name, exchange, keeper, agent };
  };
  const stopPod = async ({ agent, keeper }: AgentPod) => {
    await agent.end();
    await keeper.end();
  };
  const tally = async () => (await hammer.next("tally")) as Readonly<Record<string, number>>;
  /** Resolves to everything that was answered until an agent answers. */
  const untilAnsweredBy = async (name: string) => {
    const outcomes = new Set<string>();
    for (;;) {
      const counts = await tally();
      for (const outcome of Object.keys(counts)) outcomes.add(outcome);
      if (counts[name] !== undefined) return outcomes;
    }
  };
  /** Who answers from now on, once what was on its way has been. */
  const answeringNow = async () => {
    for (let dropped = 0; dropped < 8; ) dropped += total(await tally());
    const outcomes = new Set<string>();
    for (let answered = 0; answered < 50; ) {
      const counts = await tally();
      answered += total(counts);
      for (const outcome of Object.keys(counts)) outcomes.add(outcome);
    }
    return [...outcomes];
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "rolecall-lab-"));
    lab.build();
    lab.run(
      "node",
      `iptables-${backend}-restore`,
      "*filter\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\nCOMMIT\n",
    );
    lab.command("guard");
    hammer = lab.start("pod", "hammer", METADATA, "80");
  }, 30_000);
  afterAll(() => {
    lab.tearDown();
    rmSync(directory, { recursive: true });
  });

  test("the first takes the rules, and each that replaces it takes over new connections without a failed request", async () => {
    let serving = await startPod("a1");
    await untilAnsweredBy("a1");
    await answeringNow();
    const oldConnection = lab.start("pod", "connection", METADATA, "80");
    expect(await oldConnection.next("ask")).toEqual({ by: "a1" });
    for (const name of ["a2", "a3", "a4"]) {
      const next = await startPod(name);
      const outcomes = await untilAnsweredBy(name);
      if (name === "a2") expect(await oldConnection.next("ask")).toEqual({ by: "a1" });
      await stopPod(serving);
      expect([...outcomes].filter((outcome) => !/^a\d$/.test(outcome))).toEqual([]);
      serving = next;
    }
    expect(await answeringNow()).toEqual(["a4"]);
    await stopPod(serving);
  }, 60_000);

  test("one that is not loaded, or dies before its turn, changes nothing; one that dies after gives the rules back", async () => {
    const old = await startPod("b1");
    await untilAnsweredBy("b1");
    await answeringNow();
    const next = await startPod("b2", false);
    expect(await answeringNow()).toEqual(["b1"]);
    await next.agent.end();
    expect(await answeringNow()).toEqual(["b1"]);

    next.agent = startAgent("b3", next.exchange);
    await next.agent.next();
    const outcomes = await untilAnsweredBy("b3");
    expect([...outcomes].filter((outcome) => !/^b[13]$/.test(outcome))).toEqual([]);
    expect(await answeringNow()).toEqual(["b3"]);
    await next.agent.end();
    const after = await untilAnsweredBy("b1");
    expect([...after].filter((outcome) => !["b1", "b3", "ECONNREFUSED", "ECONNRESET"].includes(outcome))).toEqual([]);
    expect(await answeringNow()).toEqual(["b1"]);
    await stopPod(next);
    await stopPod(old);
  }, 60_000);
});
