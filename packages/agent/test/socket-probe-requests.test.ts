import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { SocketProbeRequests } from "../src/adapters/probe/socket-probe-requests.ts";

let server: Server | undefined;
let port: number;
afterEach(() => {
  server?.close();
});

/** @param say what is done with each connection, as soon as it has sent something */
async function requests(say: (socket: Socket) => void): Promise<SocketProbeRequests> {
  const listening = createServer((socket) => socket.once("data", () => say(socket)));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  ({ port } = listening.address() as { port: number });
  return new SocketProbeRequests({
    isAgent: (instance) => instance === "instance-1",
    from: "127.0.0.9",
    to: { host: "127.0.0.1", port },
  });
}
const answers = (text: string) => (socket: Socket) => void socket.end(text);

test.each([
  ["the agent", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ninstance-1", "agent"],
  ["another run of an agent", "HTTP/1.1 200 OK\r\n\r\ninstance-2", "another"],
  ["EC2's own metadata service", "HTTP/1.1 401 Unauthorized\r\nServer: EC2ws\r\n\r\n", "another"],
  ["a proxy that knows no such path", "HTTP/1.1 404 Not Found\r\n\r\ninstance-1", "another"],
  ["what speaks no HTTP", "220 smtp ready\r\n", "another"],
  ["what never comes to an end", "x".repeat(10_000), "another"],
])("%s is told by its answer", async (_who, text, by) => {
  const probe = await requests(answers(text));
  expect(await probe.askMetadata()).toEqual({ kind: "answered", by });
});

test("a connection that is cut or ended without a word is a refusal", async () => {
  const cut = await requests((socket) => socket.resetAndDestroy());
  expect(await cut.askMetadata()).toEqual({ kind: "refused" });
  server?.close();
  const ended = await requests((socket) => void socket.end());
  expect(await ended.askMetadata()).toEqual({ kind: "refused" });
});

test("nobody at a port is a refusal, and anybody an answer that is not the agent's", async () => {
  const probe = await requests(answers(""));
  expect(await probe.connect(9)).toEqual({ kind: "refused" });
  expect(await probe.connect(port)).toEqual({
    kind: "answered",
    by: "another",
  });
});

test("an address that is not there cannot be asked from", async () => {
  const probe = new SocketProbeRequests({ isAgent: () => true, from: "192.0.2.1", to: { host: "127.0.0.1", port: 9 } });
  expect(await probe.askMetadata()).toMatchObject({ kind: "failed" });
});
