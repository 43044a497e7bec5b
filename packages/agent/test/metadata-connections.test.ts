import { once } from "node:events";
import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ConnectionGate } from "../src/adapters/http/connection-gate.ts";
import { LIST } from "./metadata/contract-cases.ts";
import type { RunningAgent } from "./metadata/running-agent.ts";
import { SOURCES, startAgentWithPods } from "./metadata/sources.ts";
import { open, requestText } from "./metadata/wire.ts";

const { P, Q } = SOURCES;

/** Resolves when the peer has closed, by a reset or not. */
const closed = (socket: Socket) =>
  new Promise<void>(
    (resolve) =>
      void socket
        .on("error", () => {})
        .resume()
        .once("close", () => resolve()),
  );

describe("the gate, two connections of a source at a time", () => {
  let server: Server;
  let gate: ConnectionGate;
  let served: Socket[];
  let refused: number;
  let clients: Socket[];

  beforeEach(async () => {
    served = [];
    refused = 0;
    clients = [];
    server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const serve = (socket: Socket) => void served.push(socket);
    const onRefused = () => {
      refused += 1;
    };
    gate = new ConnectionGate({ maxPerSource: 2, maxWaitMs: 60_000, serve, onRefused });
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      gate.admit(socket, socket.remoteAddress ?? "");
    });
  });
  afterEach(async () => {
    for (const socket of [...clients, ...served]) socket.destroy();
    gate.closeWaiting();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Resolves with the client's end when the gate has seen the connection. */
  async function connect(from: string): Promise<Socket> {
    const admitted = once(server, "connection");
    const socket = await open({ port: (server.address() as AddressInfo).port, from });
    socket.on("error", () => {});
    clients.push(socket);
    await admitted;
    return socket;
  }

  test("does not remember a source for ever once its connections have ended", async () => {
    const held = await connect("127.0.0.9");
    for (let pod = 0; pod < 1_000; pod += 1) {
      const socket = new Socket();
      gate.admit(socket, `10.0.${pod >> 8}.${pod & 255}`);
      await once(socket.destroy(), "close");
    }
    expect(gate.rememberedSources).toBeLessThanOrEqual(256);
    await connect("127.0.0.9");
    await connect("127.0.0.9");
    expect(served.filter((socket) => socket.remoteAddress === "127.0.0.9")).toHaveLength(2);
    held.destroy();
  });

  test("serves another source while one has used up its share", async () => {
    for (let count = 0; count < 5; count += 1) await connect(P);
    expect(served).toHaveLength(2);
    await connect(Q);
    expect(served).toHaveLength(3);
  });

  test("serves the one that waits longest as soon as one ends, with what it has sent meanwhile", async () => {
    for (let count = 0; count < 2; count += 1) await connect(P);
    const waiting = await connect(P);
    await connect(P);
    waiting.write("hello");
    served[0]?.destroy();
    await once(served[0] as Socket, "close");
    expect(served).toHaveLength(3);
    const [chunk] = await once(served[2] as Socket, "data");
    expect(String(chunk)).toBe("hello");
  });

  test("closes at once what comes when six wait already", async () => {
    for (let count = 0; count < 8; count += 1) await connect(P);
    expect(refused).toBe(0);
    await closed(await connect(P));
    expect([served.length, refused]).toEqual([2, 1]);
  });

  test("forgets one that leaves while it waits", async () => {
    for (let count = 0; count < 2; count += 1) await connect(P);
    const leaving = await connect(P);
    const staying = await connect(P);
    leaving.end();
    await closed(leaving);
    served[0]?.destroy();
    await once(served[0] as Socket, "close");
    expect([served.length, served[2]?.remotePort, refused]).toEqual([3, staying.localPort, 0]);
  });

  test("closes those that wait when it is told to, and serves none of them", async () => {
    for (let count = 0; count < 2; count += 1) await connect(P);
    const waiting = await connect(P);
    gate.closeWaiting();
    await closed(waiting);
    served[0]?.destroy();
    await once(served[0] as Socket, "close");
    expect(served).toHaveLength(2);
  });

  test("gives its whole share again to a source that was gone", async () => {
    for (let count = 0; count < 2; count += 1) await connect(P);
    for (const socket of served) {
      socket.destroy();
      await once(socket, "close");
    }
    for (let count = 0; count < 2; count += 1) await connect(P);
    expect(served).toHaveLength(4);
  });
});

/** Another source's answer shows that the server has come round to every connection opened before. */
const whenAllAccepted = (agent: RunningAgent) => agent.ask(Q, { target: "/" });

test("a connection that waited is answered like any other", async () => {
  const agent = await startAgentWithPods({ tokens: "optional", maxConnectionsPerSource: 1 });
  const silent = await open({ port: agent.port, from: P });
  const waiting = agent.ask(P, { target: LIST });
  await whenAllAccepted(agent);
  silent.destroy();
  expect(await waiting).toMatchObject({ status: 200, body: "web" });
  await agent.stop();
});

test("a connection too many is closed without an answer and counted", async () => {
  const agent = await startAgentWithPods({ maxConnectionsPerSource: 1 });
  const silent = await Promise.all(Array.from({ length: 4 }, () => open({ port: agent.port, from: P })));
  expect(await agent.send(P, requestText({ target: "/" }))).toBeUndefined();
  expect(agent.recorder.connectionsRefused).toBe(1);
  for (const socket of silent) socket.destroy();
  await agent.stop();
});

test("a server that stops does not wait for connections that wait", async () => {
  const agent = await startAgentWithPods({ maxConnectionsPerSource: 1 });
  const silent = await Promise.all(Array.from({ length: 3 }, () => open({ port: agent.port, from: P })));
  await whenAllAccepted(agent);
  const ended = Promise.all(silent.map(closed));
  await agent.stop();
  await ended;
});
