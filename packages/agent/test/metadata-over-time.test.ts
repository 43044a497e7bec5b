import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "@rolecall/common/time/clock";
import { openTokenKeys } from "../src/adapters/token-key/token-keys.ts";
import { LIST } from "./metadata/contract-cases.ts";
import { aReadyPod, aRole, credentialsOf } from "./metadata/pods.ts";
import { bearing, type RunningAgent } from "./metadata/running-agent.ts";
import { SOURCES, standingOf, startAgentWithPods } from "./metadata/sources.ts";
import { requestText } from "./metadata/wire.ts";
import { silentLog } from "./support/silence.ts";

/** Cases of the metadata contract in which something changes while requests come. */
const { P, Q, N } = SOURCES;
const MINUTE_MS = 60_000;

let agent: RunningAgent;
afterEach(() => agent.stop());

const list = async (from: string, token: string) => agent.ask(from, { target: LIST, headers: bearing(token) });
const fetchRole = async (from: string, token: string, role = "web") =>
  agent.ask(from, { target: `${LIST}${role}`, headers: bearing(token) });

test("case 2: a token of one second is refused once the second has passed", async () => {
  agent = await startAgentWithPods();
  const token = await agent.tokenFor(P, 1);
  expect(await list(P, token)).toMatchObject({ status: 200 });
  await agent.clock.advance(1_100);
  expect(await list(P, token)).toMatchObject({ status: 401, body: "" });
});

test("case 9: a token of one pod is worth nothing to another, nor to the next pod on its address", async () => {
  agent = await startAgentWithPods();
  const token = await agent.tokenFor(P);
  expect(await list(Q, token)).toMatchObject({ status: 401, body: "" });
  agent.standings.set(P, aReadyPod("pod-after-p", aRole("web"), agent.clock.nowMs()));
  expect(await list(P, token)).toMatchObject({ status: 401, body: "" });
});

test("case 10: a token outlives the agent that issued it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "token-keys-"));
  const open = () => openTokenKeys({ file: join(directory, "keys"), clock: systemClock, randomBytes, log: silentLog });
  agent = await startAgentWithPods({ macs: (await open()).macs });
  const token = await agent.tokenFor(P);
  await agent.stop();
  agent = await startAgentWithPods({ macs: (await open()).macs });
  expect(await list(P, token)).toMatchObject({ status: 200, body: "web" });
  await rm(directory, { recursive: true });
});

test("case 12: a hundred tokens asked for at once, more than a source's share of connections, are all good", async () => {
  agent = await startAgentWithPods();
  const tokens = await Promise.all(Array.from({ length: 100 }, () => agent.tokenFor(P)));
  const answers = await Promise.all(tokens.map((token) => list(P, token)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(agent.recorder.connectionsRefused).toBe(0);
});

test("case 18: a source that no pod owns is held for 400 ms and then refused with an empty 503", async () => {
  agent = await startAgentWithPods({ tokens: "optional" });
  const answer = agent.ask("127.0.0.99", { target: LIST });
  await agent.clock.whenWaiting();
  await agent.clock.advance(400);
  expect(await answer).toMatchObject({ status: 503, body: "" });
  expect(agent.recorder.answers).toEqual(["role-list address-unknown 503"]);
  expect(agent.recorder.seconds).toEqual([0.4]);
});

test("case 19: a pod that becomes known 200 ms after its request is answered", async () => {
  agent = await startAgentWithPods({ tokens: "optional" });
  const answer = agent.ask("127.0.0.99", { target: LIST });
  await agent.clock.whenWaiting();
  await agent.clock.advance(200);
  agent.standings.set("127.0.0.99", aReadyPod("pod-new", aRole("late"), agent.clock.nowMs()));
  expect(await answer).toMatchObject({ status: 200, body: "late" });
  expect(agent.recorder.seconds).toEqual([0.2]);
});

test("case 25: in the whole cycle of a session that is renewed after 48 % of its hour, 25 to 60 minutes are left", async () => {
  agent = await startAgentWithPods();
  const token = await agent.tokenFor(P);
  for (let minute = 0; minute < 120; minute += 1) {
    if (minute % 28.8 < 1) agent.standings.set(P, aReadyPod("pod-p", aRole("web"), agent.clock.nowMs()));
    const { Expiration } = JSON.parse((await fetchRole(P, token)).body);
    expect(Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const minutesLeft = (Date.parse(Expiration) - agent.clock.nowMs()) / MINUTE_MS;
    expect(minutesLeft).toBeGreaterThanOrEqual(25);
    expect(minutesLeft).toBeLessThanOrEqual(60);
    await agent.clock.advance(MINUTE_MS);
  }
});

test("case 37: when a pod's role changes, the next list shows the new one and the old name is unknown", async () => {
  agent = await startAgentWithPods();
  const token = await agent.tokenFor(P);
  agent.standings.set(P, aReadyPod("pod-p", aRole("web-v2"), agent.clock.nowMs()));
  expect(await list(P, token)).toMatchObject({ status: 200, body: "web-v2" });
  expect(await fetchRole(P, token)).toMatchObject({ status: 404, body: "" });
  expect(await fetchRole(P, token, "web-v2")).toMatchObject({ status: 200 });
});

test("case 38: the address of a pod that is gone is refused, and has no role when a pod without one gets it", async () => {
  agent = await startAgentWithPods({ tokens: "optional" });
  agent.standings.set(P, { kind: "unknown-address" });
  const gone = agent.ask(P, { target: `${LIST}web` });
  await agent.clock.whenWaiting();
  await agent.clock.advance(400);
  expect(await gone).toMatchObject({ status: 503, body: "" });
  agent.standings.set(P, standingOf("N", agent.clock.nowMs()));
  expect(await agent.ask(P, { target: LIST })).toMatchObject({ status: 404, body: "" });
  expect(await agent.ask(P, { target: `${LIST}web` })).toMatchObject({ status: 404, body: "" });
});

test("case 33: credentials are served as long as they live, and case 35: never after", async () => {
  agent = await startAgentWithPods();
  const credentials = credentialsOf("pod-p", agent.clock.nowMs(), 15 * MINUTE_MS);
  agent.standings.set(P, { kind: "ready", podUid: "pod-p", role: aRole("web"), credentials });
  const token = await agent.tokenFor(P);
  await agent.clock.advance(15 * MINUTE_MS - 1_000);
  const { Expiration } = JSON.parse((await fetchRole(P, token)).body);
  expect(Date.parse(Expiration)).toBeGreaterThan(agent.clock.nowMs());
  await agent.clock.advance(1_000);
  expect(await list(P, token)).toMatchObject({ status: 503, body: "" });
  expect(await fetchRole(P, token)).toMatchObject({ status: 503, body: "" });
});

test("case 39: no secret gets into a log line, a metric or the answer of a request that is refused", async () => {
  const lines: string[] = [];
  const note = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
  const log = { ...silentLog, debug: note, info: note, warn: note, error: note };
  agent = await startAgentWithPods({ log });
  const token = await agent.tokenFor(P);
  await fetchRole(P, token);
  const refused = [
    await fetchRole(Q, token),
    await fetchRole(P, token, "batch"),
    await fetchRole(N, token),
    await agent.ask(P, { target: `${LIST}web`, headers: [...bearing(token), "X-Forwarded-For: x"] }),
    await agent.send(P, `BROKEN\r\n${requestText({ target: LIST, headers: bearing(token) })}`),
  ];
  agent.node.misbehave = (_request, response) => void response.writeHead(500).end("node-secret");
  refused.push(await agent.ask(P, { target: "/latest/meta-data/instance-id", headers: bearing(token) }));
  expect(lines.length).toBeGreaterThan(0);
  for (const text of [
    ...lines,
    ...agent.recorder.answers,
    ...refused.map((answer) => JSON.stringify([answer?.body, ...(answer?.headers ?? [])])),
  ]) {
    expect(text).not.toMatch(/secret-key-of|session-token-of|node-secret|node-token/);
    expect(text).not.toContain(token);
  }
});
