import { beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import type { ClusterEvent } from "./ports/event-recorder.ts";
import { TellNodes } from "./tell-nodes.ts";

let clock: FakeClock;
let shown: ClusterEvent[];
let nodes: TellNodes;

beforeEach(() => {
  clock = new FakeClock();
  shown = [];
  nodes = new TellNodes({
    events: { record: (event) => void shown.push(event) },
    docsUrl: "https://docs.example",
    clock,
  });
});

const certificate = (leftMs: number) => ({ notBeforeMs: 0, notAfterMs: clock.nowMs() + leftMs });

test("an agent with which all is well, and one that says nothing of it, cause no Event", () => {
  nodes.heard("worker-1", {});
  nodes.heard("worker-1", { certificate: certificate(1), drift: { times: 3, secondsSinceLast: 60 } });
  expect(shown).toEqual([]);
});

test("rules that were changed lately are told on the node, in words that stay the same however often", () => {
  nodes.heard("worker-1", { drift: { times: 1, secondsSinceLast: 0 } });
  nodes.heard("worker-1", { drift: { times: 2, secondsSinceLast: 59 } });
  const [first, second] = shown;
  expect(first).toMatchObject({
    node: "worker-1",
    reason: "KernelRulesDrifted",
    message: expect.stringMatching(/^rules-drifted: .*leave the chains ROLECALL, ROLECALL-\*/),
    link: "https://docs.example/troubleshooting.md#rules-drifted",
  });
  expect(second).toEqual(first);
});

test("a certificate of an agent that has expired is told on its node with the moment", () => {
  nodes.heard("worker-1", { certificate: certificate(0) });
  expect(shown).toEqual([
    expect.objectContaining({
      node: "worker-1",
      reason: "AgentCertificateExpired",
      message: expect.stringContaining(new Date(clock.nowMs()).toISOString()),
      link: "https://docs.example/troubleshooting.md#certificate-expired",
    }),
  ]);
});
