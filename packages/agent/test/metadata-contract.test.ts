import { afterEach, expect, test } from "@jest/globals";
import { expectCommonHeaders } from "./metadata/common-headers.ts";
import { type Ask, CONTRACT_CASES } from "./metadata/contract-cases.ts";
import { bearing, type RunningAgent } from "./metadata/running-agent.ts";
import { SOURCES, startAgentWithPods } from "./metadata/sources.ts";
import type { WireAnswer } from "./metadata/wire.ts";

let agent: RunningAgent;
afterEach(() => agent.stop());

async function put({ from = "P", request, token }: Ask): Promise<WireAnswer> {
  const reads = ["GET", "HEAD"].includes(request.method ?? "GET");
  const given = token ?? (reads ? "own" : "none");
  const text = given === "own" ? await agent.tokenFor(SOURCES[from]) : given === "none" ? undefined : given.text;
  const headers = [...(request.headers ?? []), ...(text === undefined ? [] : bearing(text))];
  return agent.ask(SOURCES[from], { ...request, headers });
}

test.each(CONTRACT_CASES)("case $number: $claim", async ({ tokens, readsNode, asks }) => {
  agent = await startAgentWithPods(tokens && { tokens });
  for (const ask of asks) {
    const answer = await put(ask);
    const { method = "GET", target } = ask.request;
    expect({ method, target, status: answer.status }).toEqual({ method, target, status: ask.status });
    if (ask.body instanceof RegExp) expect(answer.body).toMatch(ask.body);
    else expect(answer.body).toBe(ask.body ?? "");
    for (const [name, value] of Object.entries(ask.headers ?? {})) expect(answer.headers.get(name)).toBe(value);
    expectCommonHeaders(answer);
  }
  expect(agent.node.seen.length > 0).toBe(readsNode ?? false);
});
