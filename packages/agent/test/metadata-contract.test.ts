import { afterEach, describe, expect, test } from "@jest/globals";
import type { Standing } from "../src/domain/credentials/standing.ts";
import { type Ask, BYPASS_TARGETS, CONTRACT_CASES, LIST, SOURCES, type Source } from "./metadata/contract-cases.ts";
import { aReadyPod, aRole, credentialsOf } from "./metadata/pods.ts";
import { type AgentSettings, bearing, RunningAgent } from "./metadata/running-agent.ts";
import { requestText, type WireAnswer } from "./metadata/wire.ts";

let agent: RunningAgent;
afterEach(() => agent.stop());

const ROLE_BY_SOURCE: Readonly<Partial<Record<Source, ReturnType<typeof aRole>>>> = {
  P: aRole("web"),
  Q: aRole("batch"),
  pathed: aRole("api", "team/"),
  odd: aRole("a+=,.@-_B"),
};

function standingOf(source: Source, nowMs: number): Standing {
  const podUid = `pod-${source.toLowerCase()}`;
  const role = ROLE_BY_SOURCE[source];
  if (role) return aReadyPod(podUid, role, nowMs);
  if (source === "host") return { kind: "host" };
  if (source === "denied") return { kind: "denied", podUid, reason: "role-not-permitted" };
  if (source === "failed") return { kind: "failed", podUid, role: aRole("web"), reason: "sts-access-denied" };
  return { kind: "no-role", podUid };
}

async function startWithPods(settings: AgentSettings = {}): Promise<RunningAgent> {
  agent = await RunningAgent.start(settings);
  for (const source of Object.keys(SOURCES) as Source[])
    agent.standings.set(SOURCES[source], standingOf(source, agent.clock.nowMs()));
  return agent;
}

async function put(ask: Ask): Promise<WireAnswer> {
  const { from = "P", request } = ask;
  const reads = ["GET", "HEAD"].includes(request.method ?? "GET");
  const token = ask.token ?? (reads ? "own" : "none");
  const text = token === "own" ? await agent.tokenFor(SOURCES[from]) : token === "none" ? undefined : token.text;
  const headers = [...(request.headers ?? []), ...(text === undefined ? [] : bearing(text))];
  return agent.ask(SOURCES[from], { ...request, headers });
}

/** What every answer carries, whatever it says. */
function expectCommonHeaders({ headers, status }: WireAnswer): void {
  expect(headers.get("server")).toBe("EC2ws");
  expect(headers.get("connection")).toBe("close");
  expect(headers.get("content-length")).toMatch(/^\d+$/);
  expect(headers.has("transfer-encoding")).toBe(false);
  expect(headers.has("location")).toBe(false);
  expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  expect(status < 300 || status >= 400).toBe(true);
}

describe("the metadata contract", () => {
  test.each(CONTRACT_CASES)("case $number: $claim", async ({ tokens, readsNode, asks }) => {
    await startWithPods({ ...(tokens && { tokens }) });
    for (const ask of asks) {
      const answer = await put(ask);
      expect({ target: ask.request.target, status: answer.status }).toEqual({
        target: ask.request.target,
        status: ask.status,
      });
      if (ask.body instanceof RegExp) expect(answer.body).toMatch(ask.body);
      else expect(answer.body).toBe(ask.body ?? "");
      for (const [name, value] of Object.entries(ask.headers ?? {})) expect(answer.headers.get(name)).toBe(value);
      expectCommonHeaders(answer);
    }
    expect(agent.node.seen.length > 0).toBe(readsNode ?? false);
  });
});
