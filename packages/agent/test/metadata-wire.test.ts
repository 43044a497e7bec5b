import { afterEach, describe, expect, test } from "@jest/globals";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { metadataServer } from "../src/adapters/http/metadata-server.ts";
import { answered } from "../src/domain/imds/response.ts";
import { LIST } from "./metadata/contract-cases.ts";
import { RecordedAnswers } from "./metadata/recorded-answers.ts";
import { bearing, RunningAgent } from "./metadata/running-agent.ts";
import { SOURCES, startAgentWithPods } from "./metadata/sources.ts";
import { exchange, open, parseAnswer, readAnswer, requestText } from "./metadata/wire.ts";
import { silentLog } from "./support/silence.ts";

const { P } = SOURCES;
let agent: RunningAgent | undefined;
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});

test("case 7: Expect: 100-continue is told to go on and answered", async () => {
  agent = await startAgentWithPods();
  const headers = ["X-aws-ec2-metadata-token-ttl-seconds: 60", "Expect: 100-continue", "Content-Length: 0"];
  const answer = await agent.ask(P, { method: "PUT", target: "/latest/api/token", headers });
  expect(answer).toMatchObject({ status: 200, continued: true });
});

test("case 59: HTTP/1.0 is answered without Host, whole and unchunked", async () => {
  agent = await startAgentWithPods({ tokens: "optional" });
  const answer = await agent.send(P, `GET ${LIST} HTTP/1.0\r\n\r\n`);
  expect(answer).toMatchObject({ status: 200, body: "web" });
  expect(answer?.headers.get("content-length")).toBe("3");
  expect(answer?.headers.has("transfer-encoding")).toBe(false);
});

test("case 59: a client that asks to keep the connection is answered and the connection closed", async () => {
  agent = await startAgentWithPods({ tokens: "optional" });
  const answer = await agent.ask(P, { target: LIST, headers: ["Connection: keep-alive"] });
  expect(answer.headers.get("connection")).toBe("close");
});

test("case 59: where connections are kept, one serves several requests", async () => {
  agent = await startAgentWithPods({ tokens: "optional", keepAliveMs: 600_000 });
  const socket = await open({ port: agent.port, from: P });
  for (let turn = 0; turn < 3; turn += 1) {
    socket.write(requestText({ target: LIST }));
    const received = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    const answer = parseAnswer(received.toString("latin1"));
    expect(answer).toMatchObject({ status: 200, body: "web" });
    expect(answer?.headers.get("connection")).toBe("keep-alive");
  }
  socket.destroy();
});

describe("case 61: over IPv6 sockets", () => {
  test("an IPv4 pod is known by its address, though the socket reports it as mapped", async () => {
    agent = await startAgentWithPods({ listenHost: "::ffff:127.0.0.1" });
    const host = "[fd00:ec2::254]";
    const issued = await agent.ask(P, {
      method: "PUT",
      target: "/latest/api/token",
      host,
      headers: ["X-aws-ec2-metadata-token-ttl-seconds: 21600"],
    });
    expect(issued.status).toBe(200);
    const headers = bearing(issued.body);
    expect(await agent.ask(P, { target: LIST, host, headers })).toMatchObject({ status: 200, body: "web" });
    const credentials = await agent.ask(P, { target: `${LIST}web`, host, headers });
    expect(credentials.body).toContain("secret-key-of-pod-p");
  });
});

const answeredNow = () => ({ response: answered("web"), route: "role-list" }) as const;

describe("the server", () => {
  const serverOn = (port: number, onListening = (_port: number) => {}) =>
    metadataServer({
      address: { host: "127.0.0.1", port },
      flag: "--metadata-address",
      answer: () => {
        throw new Error("made to fail");
      },
      recorder: new RecordedAnswers(),
      monotonicMs: () => 0,
      log: silentLog,
      onListening: (bound) => onListening(bound.port),
    });

  test("frees its address when it stops", async () => {
    const stop = new AbortController();
    let running: Promise<void> = Promise.resolve();
    const port = await new Promise<number>((resolve) => {
      running = serverOn(0, resolve)(stop.signal);
    });
    stop.abort();
    await running;
    await expect(open({ port, from: P })).rejects.toThrow("ECONNREFUSED");
  });

  test("names the option when its address cannot be bound", async () => {
    agent = await RunningAgent.start();
    const attempt = serverOn(agent.port)(new AbortController().signal);
    await expect(attempt).rejects.toThrow(StartupError);
    await expect(attempt).rejects.toThrow("--metadata-address 127.0.0.1:");
  });

  test("answers an empty 500 where answering fails, and goes on", async () => {
    const stop = new AbortController();
    let running: Promise<void> = Promise.resolve();
    const port = await new Promise<number>((resolve) => {
      running = serverOn(0, resolve)(stop.signal);
    });
    for (let turn = 0; turn < 2; turn += 1) {
      const socket = await open({ port, from: P });
      socket.write(requestText({ target: LIST }));
      expect(await readAnswer(socket)).toMatchObject({ status: 500, body: "" });
    }
    stop.abort();
    await running;
  });

  test.each([
    ["at once", answeredNow],
    ["later", () => Promise.resolve(answeredNow())],
  ])("goes on serving where an answer given %s cannot be counted", async (_when, answer) => {
    const stop = new AbortController();
    let running: Promise<void> = Promise.resolve();
    const problems: unknown[] = [];
    const port = await new Promise<number>((resolve) => {
      const task = metadataServer({
        address: { host: "127.0.0.1", port: 0 },
        flag: "--metadata-address",
        answer,
        recorder: {
          answered() {
            throw new Error("made to fail");
          },
          connectionRefused() {},
        },
        monotonicMs: () => 0,
        log: { ...silentLog, error: (fields: object) => void problems.push(fields) },
        onListening: (bound) => resolve(bound.port),
      });
      running = task(stop.signal);
    });
    for (const _ of [1, 2]) {
      const given = await exchange({ port, from: P }, requestText({ target: LIST }));
      expect(given).toMatchObject({ status: 200, body: "web" });
    }
    expect(problems).toEqual([{ problem: "made to fail" }, { problem: "made to fail" }]);
    stop.abort();
    await running;
  });

  test("lets an answer under way go out when it stops", async () => {
    agent = await startAgentWithPods({ tokens: "optional" });
    const answer = agent.ask("127.0.0.99", { target: LIST });
    await agent.clock.whenWaiting();
    const stopping = agent.stop();
    await agent.clock.advance(400);
    expect(await answer).toMatchObject({ status: 503, body: "" });
    await stopping;
  });
});
