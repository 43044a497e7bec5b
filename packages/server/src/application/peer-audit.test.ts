import { beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { PeerAudit } from "./peer-audit.ts";

let clock: FakeClock;
let lines: Record<string, unknown>[];
let counted: string[];
let refusals: [address: string, reason: string][];
let audit: PeerAudit;

beforeEach(() => {
  clock = new FakeClock();
  [lines, counted, refusals] = [[], [], []];
  audit = new PeerAudit({
    clock,
    recorder: {
      peerConnected: (outcome) => counted.push(`connection ${outcome}`),
      peerCalled: (outcome) => counted.push(`call ${outcome}`),
    },
    onRefused: (...refusal) => refusals.push(refusal),
    log: createLogger("server", "info", (line) => lines.push(JSON.parse(line))),
  });
});

const ATTACKER = "10.0.0.66:40000";

test("an accepted peer is said once for each connection, and each call is counted", () => {
  const agent = { peer: "10.0.0.1:5000", call: "WatchNode", node: "worker-1", certificate: "AB" };
  audit.connected(agent.peer);
  audit.accepted(agent);
  audit.accepted({ ...agent, call: "ReportNode" });
  expect(lines).toEqual([expect.objectContaining({ level: "info", audit: "peer", outcome: "accepted", ...agent })]);
  audit.closed(agent.peer);
  audit.connected(agent.peer);
  audit.accepted(agent);
  expect(lines).toHaveLength(2);
  expect(counted.filter((each) => each === "call accepted")).toHaveLength(3);
});

test("a peer that was accepted only when it had left is not remembered: another may come from its port", () => {
  const agent = { peer: "10.0.0.1:5000", call: "WatchNode", node: "worker-1" };
  audit.connected(agent.peer);
  audit.closed(agent.peer);
  audit.accepted(agent);
  audit.connected(agent.peer);
  audit.accepted(agent);
  expect(lines).toHaveLength(2);
});

test("an accepted peer is said anew when its token is taken on another proof", () => {
  const agent = { peer: "10.0.0.1:5000", call: "ReportNode", node: "worker-1" };
  audit.connected(agent.peer);
  for (const proof of ["signature", "signature", "token-review", "token-review"] as const) {
    audit.accepted({ ...agent, proof });
  }
  expect(lines.map(({ proof }) => proof)).toEqual(["signature", "token-review"]);
});

test("a peer of whom nobody could say who it is is audited, and heard again however often", () => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    audit.callPutOff("api-server-unavailable", { peer: "10.0.0.1:5000", call: "WatchNode", node: "worker-1" });
  }
  expect(lines[0]).toMatchObject({ audit: "peer", outcome: "refused", reason: "api-server-unavailable" });
  expect(counted).toHaveLength(100);
  expect(audit.isExhausted("10.0.0.1:5000")).toBe(false);
});

test("a refusal is said with its reason, the peer, and what it claimed", () => {
  audit.callRefused("node-mismatch", { peer: ATTACKER, call: "WatchNode", node: "worker-2", provenNode: "worker-1" });
  expect(lines).toEqual([
    expect.objectContaining({
      level: "info",
      audit: "peer",
      outcome: "refused",
      reason: "node-mismatch",
      peer: ATTACKER,
      node: "worker-2",
      provenNode: "worker-1",
    }),
  ]);
});

test("a peer that is refused again and again is not heard for a while, and cannot bury the log", async () => {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    audit.connectionRefused("certificate-missing", { peer: `10.0.0.66:${attempt}` });
  }
  expect(audit.isExhausted(ATTACKER)).toBe(true);
  expect(audit.isExhausted("10.0.0.67:1")).toBe(false);
  expect(counted).toHaveLength(1_000);
  expect(lines).toHaveLength(30);
  await clock.advance(5_000);
  expect(audit.isExhausted(ATTACKER)).toBe(false);
  audit.connectionRefused("certificate-missing", { peer: ATTACKER });
  expect(lines.at(-1)).toMatchObject({ unlogged: 970 });
});

test("each refusal is told by the address alone, of connections and calls alike", () => {
  audit.connectionRefused("certificate-expired", { peer: "10.0.0.1:5000" });
  audit.callRefused("token-refused", { peer: "fd00::1:5001", call: "WatchNode" });
  expect(refusals).toEqual([
    ["10.0.0.1", "certificate-expired"],
    ["fd00::1", "token-refused"],
  ]);
});
