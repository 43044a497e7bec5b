import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aPod } from "../../test/support/makers.ts";
import type { Pod } from "../domain/pod/pod.ts";
import { MissingAgents } from "./missing-agents.ts";

const asking = (node: string, rest: Partial<Pod> = {}) => ({
  ...aPod({ node, annotations: { role: "app" } }),
  ...rest,
});

let clock: FakeClock;
let pods: Pod[];
let connected: string[];
let reports: Map<string, number>;
let lines: Record<string, unknown>[];
let shown: [string, string][];
let agents: MissingAgents;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  pods = [];
  connected = [];
  reports = new Map();
  lines = [];
  shown = [];
  agents = new MissingAgents({
    pods: () => pods,
    connected: () => connected.map((node) => ({ node })),
    reports: () => [...reports].map(([node, atMs]) => ({ node, report: { atMs } })),
    missingAfterMs: 120_000,
    events: { record: (event) => void ("pod" in event && shown.push([event.pod.name, event.reason])) },
    docsUrl: "https://docs.example",
    clock,
    log: createLogger("server", "info", (line) => lines.push(JSON.parse(line))),
  });
  stop = new AbortController();
  running = agents.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

test("a node whose pods ask for roles and of whose agent nothing was heard is counted and named once", async () => {
  pods = [asking("worker-1"), asking("worker-1"), asking("worker-2"), asking("worker-3")];
  connected = ["worker-2"];
  reports.set("worker-3", clock.nowMs() + 60_000);
  await clock.advance(119_999);
  expect(agents.count).toBe(0);
  await clock.advance(1);
  expect(agents.count).toBe(1);
  await clock.advance(15_000);
  expect(lines).toEqual([expect.objectContaining({ level: "warn", node: "worker-1", pods: 2 })]);
});

test("an agent that was heard of on another server's behalf long ago is missing, and is said to be back", async () => {
  pods = [asking("worker-1")];
  reports.set("worker-1", clock.nowMs());
  await clock.advance(120_000);
  expect(agents.count).toBe(1);
  reports.set("worker-1", clock.nowMs());
  await clock.advance(15_000);
  expect(agents.count).toBe(0);
  expect(lines.map(({ level, node }) => [level, node])).toEqual([
    ["warn", "worker-1"],
    ["info", "worker-1"],
  ]);
});

test("a node whose pods ask for nothing, or could get nothing from an agent, needs none", async () => {
  pods = [
    aPod({ node: "worker-1" }),
    asking("worker-2", { hostNetwork: true }),
    asking("worker-3", { node: undefined }),
  ];
  await clock.advance(120_000);
  expect(agents.count).toBe(0);
});

test("each pod there is told once, those that come later included", async () => {
  const [first, second] = [asking("worker-1"), asking("worker-1")];
  pods = [first];
  await clock.advance(120_000);
  pods = [first, second];
  await clock.advance(30_000);
  expect(shown).toEqual([
    [first.name, "AgentMissing"],
    [second.name, "AgentMissing"],
  ]);
});
