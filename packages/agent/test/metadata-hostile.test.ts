import { afterEach, describe, expect, test } from "@jest/globals";
import { expectCommonHeaders } from "./metadata/common-headers.ts";
import { LIST } from "./metadata/contract-cases.ts";
import { bearing, type RunningAgent } from "./metadata/running-agent.ts";
import { SOURCES, startAgentWithPods } from "./metadata/sources.ts";
import { open, readAnswer, requestText, type WireAnswer } from "./metadata/wire.ts";

const { P } = SOURCES;
let agent: RunningAgent;
afterEach(() => agent.stop());

/** Request targets that try to reach what they do not name. */
const BYPASS_TARGETS: ReadonlyArray<readonly [number: number, target: string]> = [
  [53, "/latest/meta-data/iam%2fsecurity-credentials/node-role"],
  [53, "/latest/meta-data/%69am/security-credentials/node-role"],
  [53, "/latest/meta-data/%69%61%6d/security%2Dcredentials/"],
  [53, "/latest/meta-data/iam%252fsecurity-credentials/node-role"],
  [53, "/latest/meta-data/iam/security-credentials%2Fnode-role"],
  [53, "/%6catest/user-data"],
  [53, "/latest/user%2Ddata"],
  [54, "/latest/meta-data/placement/../iam/security-credentials/node-role"],
  [54, "/latest/meta-data/./iam/security-credentials/node-role"],
  [54, "/latest/meta-data/placement/%2e%2e/iam/security-credentials/node-role"],
  [54, "/latest/meta-data/placement/.%2e/iam/security-credentials/node-role"],
  [54, "/latest/meta-data/placement/region/../../../user-data"],
  [54, "/../latest/user-data"],
  [55, "/latest\\meta-data\\iam\\security-credentials\\node-role"],
  [55, "/latest/meta-data/iam\\..\\..\\user-data"],
  [55, "/latest/meta-data/\tiam/security-credentials/node-role"],
  [55, "/latest/meta-data/iam\x00/security-credentials/node-role"],
  [55, "/latest/meta-data/iam;x/security-credentials/node-role"],
  [55, "/latest/meta-data/iam;/security-credentials/node-role"],
  [55, "/latest/meta-data/\xe9iam/security-credentials/node-role"],
  [55, "/latest/meta-data/\xffiam"],
  [55, "/LATEST/meta-data/iam/security-credentials/node-role"],
  [55, "/latest/Meta-Data/IAM/security-credentials/node-role"],
  [55, "/latest/meta-data/iam%00/security-credentials/node-role"],
  [55, "/latest/meta-data/iam%0d%0aX:%20y/security-credentials/node-role"],
  [56, "http://evil.example/latest/meta-data/placement/region"],
  [56, "http://169.254.169.254@evil.example/latest/user-data"],
  [56, "http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role"],
  [56, "//evil.example/latest/user-data"],
  [56, "*"],
];

function expectOwnOrRefused(answer: WireAnswer | undefined): void {
  const { status = 400, body = "" } = answer ?? {};
  expect(body).not.toMatch(/node-secret|node-role|secret-key-of-pod-q/);
  if (status === 200) expect(body).toMatch(/^web$|"SecretAccessKey" : "secret-key-of-pod-p"/);
  else expect([status >= 400 && status < 500, body]).toEqual([true, ""]);
}

describe("a target in disguise yields the pod's own or a refusal, and the node is not asked", () => {
  test.each(BYPASS_TARGETS)("case %d: %j", async (_number, target) => {
    agent = await startAgentWithPods();
    const token = await agent.tokenFor(P);
    for (const method of ["GET", "HEAD", "PUT", "OPTIONS"]) {
      const answer = await agent.send(P, requestText({ method, target, headers: bearing(token) }));
      expectOwnOrRefused(
        method === "HEAD" && answer ? { ...answer, body: answer.status === 200 ? "web" : "" } : answer,
      );
    }
    expect(agent.node.seen).toEqual([]);
  });

  test.each(["evil.example", "169.254.169.254.evil.example", "127.0.0.1", ""])(
    "case 56: Host: %s is refused with 403",
    async (host) => {
      agent = await startAgentWithPods();
      const headers = bearing(await agent.tokenFor(P));
      const answer = await agent.ask(P, { target: "/latest/meta-data/placement/region", host, headers });
      expect(answer).toMatchObject({ status: 403, body: "" });
      expect(agent.node.seen).toEqual([]);
    },
  );

  test("case 56: CONNECT is refused and opens nothing", async () => {
    agent = await startAgentWithPods();
    const answer = await agent.send(P, "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n");
    expect(answer).toMatchObject({ status: 405, body: "" });
    expect(agent.node.seen).toEqual([]);
  });

  test("an offer to upgrade, as Java's HTTP client makes, is passed over", async () => {
    agent = await startAgentWithPods({ tokens: "optional" });
    const headers = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"];
    expect(await agent.ask(P, { target: LIST, headers })).toMatchObject({ status: 200, body: "web" });
  });
});

const HOST = "Host: 169.254.169.254";
const SMUGGLED = `GET ${LIST}node-role HTTP/1.1\r\n${HOST}\r\n\r\n`;

describe("case 57: a request that cannot be read one way alone is refused, and the next is answered", () => {
  test.each([
    [
      "both lengths",
      `PUT ${LIST} HTTP/1.1\r\n${HOST}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      400,
    ],
    ["two lengths", `PUT ${LIST} HTTP/1.1\r\n${HOST}\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nabcde`, 400],
    ["a folded header", `GET ${LIST} HTTP/1.1\r\n${HOST}\r\nX-A: b\r\n c\r\n\r\n`, 400],
    ["a space before a colon", `GET ${LIST} HTTP/1.1\r\n${HOST}\r\nX-Forwarded-For : x\r\n\r\n`, 400],
    ["a bare newline in the request line", `GET ${LIST}\nHTTP/1.1\r\n${HOST}\r\n\r\n`, 400],
    ["no Host", `GET ${LIST} HTTP/1.1\r\n\r\n`, 400],
    ["two Hosts", `GET ${LIST} HTTP/1.1\r\n${HOST}\r\n${HOST}\r\n\r\n`, 400],
    ["no HTTP", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`, 400],
    ["100 kB of headers", `GET ${LIST} HTTP/1.1\r\n${HOST}\r\nX-A: ${"a".repeat(100_000)}\r\n\r\n`, 431],
    ["an unknown expectation", `PUT ${LIST} HTTP/1.1\r\n${HOST}\r\nExpect: tea\r\n\r\n`, 417],
  ])("%s", async (_what, bytes, status) => {
    agent = await startAgentWithPods({ tokens: "optional" });
    const answer = await agent.send(P, bytes);
    // The answer is lost where the peer is reset before it has read it, as with more bytes than are ever read.
    if (answer || status !== 431) {
      expect(answer).toMatchObject({ status, body: "" });
      expectCommonHeaders(answer as WireAnswer);
    }
    expect(agent.node.seen).toEqual([]);
    expect(agent.recorder.answers).toHaveLength(1);
    expect(await agent.ask(P, { target: LIST })).toMatchObject({ status: 200, body: "web" });
  });

  test("headers that trickle in are cut off with 408", async () => {
    agent = await startAgentWithPods({ requestTimeoutMs: 50 });
    const socket = await open({ port: agent.port, from: P });
    socket.write("GET / HTTP/1.1\r\nHo");
    expect(await readAnswer(socket)).toMatchObject({ status: 408, body: "" });
  });

  test("a body that trickles in is cut off with 408", async () => {
    agent = await startAgentWithPods({ requestTimeoutMs: 50 });
    const socket = await open({ port: agent.port, from: P });
    socket.write(
      requestText({ method: "PUT", target: "/latest/api/token", headers: ["Content-Length: 10"], body: "1" }),
    );
    expect(await readAnswer(socket)).toMatchObject({ status: 408, body: "" });
  });
});

describe("case 58: what the node answers wrongly is an empty 502 or 503", () => {
  const askRegion = async () =>
    agent.ask(P, {
      target: "/latest/meta-data/placement/region",
      headers: bearing(await agent.tokenFor(P)),
    });

  test("a redirect, which is not followed", async () => {
    agent = await startAgentWithPods();
    agent.node.misbehave = (_request, response) =>
      void response.writeHead(301, { location: "/latest/user-data" }).end("moved");
    expect(await askRegion()).toMatchObject({ status: 502, body: "" });
    expect(agent.node.leavesAsked).toEqual(["/latest/meta-data/placement/region"]);
  });

  test("ten megabytes", async () => {
    agent = await startAgentWithPods();
    agent.node.misbehave = (_request, response) => void response.end(Buffer.alloc(10_000_000, "x"));
    expect(await askRegion()).toMatchObject({ status: 502, body: "" });
  });

  test("an answer cut off", async () => {
    agent = await startAgentWithPods();
    agent.node.misbehave = (_request, response) => {
      response.writeHead(200, { "content-length": "9" });
      response.write("eu-", () => response.destroy());
    };
    expect(await askRegion()).toMatchObject({ status: 503, body: "" });
  });

  test("nothing, for as long as the deadline", async () => {
    agent = await startAgentWithPods();
    agent.node.misbehave = () => {};
    const answer = askRegion();
    await agent.node.whenLeavesAsked(1);
    await agent.clock.advance(400);
    expect(await answer).toMatchObject({ status: 503, body: "" });
  });
});
