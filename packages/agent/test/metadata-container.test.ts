import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { metadataServer } from "../src/adapters/http/metadata-server.ts";
import { answerContainerCredentials } from "../src/application/answer-container-credentials.ts";
import { CONTAINER_HOSTS } from "../src/domain/imds/container-credentials.ts";
import { hostAllowList } from "../src/domain/imds/request-hygiene.ts";
import { FakeStandings } from "./metadata/pods.ts";
import { RecordedAnswers } from "./metadata/recorded-answers.ts";
import { tokenOfPod } from "./metadata/service-account-token.ts";
import { SOURCES, type Source, standingOf } from "./metadata/sources.ts";
import { exchange, type RequestText, requestText, type WireAnswer } from "./metadata/wire.ts";
import { silentLog } from "./support/silence.ts";

let clock: FakeClock;
let standings: FakeStandings;
let recorder: RecordedAnswers;
let port: number;
let stop: () => Promise<void>;

beforeEach(async () => {
  clock = new FakeClock();
  standings = new FakeStandings();
  recorder = new RecordedAnswers();
  for (const source of Object.keys(SOURCES) as Source[])
    standings.set(SOURCES[source], standingOf(source, clock.nowMs()));
  const hosts = hostAllowList([], CONTAINER_HOSTS);
  const answer = answerContainerCredentials({ standings, hosts, clock });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  port = await new Promise<number>((resolve) => {
    const task = metadataServer({
      address: { host: "127.0.0.1", port: 0 },
      flag: "--container-port",
      answer,
      recorder,
      monotonicMs: () => clock.nowMs(),
      log: silentLog,
      onListening: (bound) => resolve(bound.port),
    });
    running = task(stopping.signal);
  });
  stop = () => {
    stopping.abort();
    return running;
  };
});
afterEach(() => stop());

async function ask(
  from: string,
  authorization: string | undefined,
  rest: Partial<RequestText> = {},
): Promise<WireAnswer> {
  const headers = [
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...(rest.headers ?? []),
  ];
  const request = { target: "/v1/credentials", host: "169.254.170.2", ...rest, headers };
  const answer = await exchange({ port, from }, requestText(request));
  if (!answer) throw new Error("closed without an answer");
  return answer;
}

const { P, N } = SOURCES;

test("case 63: a pod with its own token gets its credentials", async () => {
  const answer = await ask(P, tokenOfPod("pod-p"));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(JSON.parse(answer.body)).toMatchObject({ SecretAccessKey: "secret-key-of-pod-p" });
  expect(recorder.answers).toEqual(["container-credentials answered 200"]);
});

test.each<[string, number, string, () => Promise<WireAnswer>]>([
  ["no Authorization", 401, "authorization-missing", () => ask(P, undefined)],
  ["another pod's token", 401, "authorization-invalid", () => ask(P, tokenOfPod("pod-q"))],
  ["a pod without a role", 404, "pod-without-role", () => ask(N, tokenOfPod("pod-n"))],
  ["another path", 404, "path-unknown", () => ask(P, tokenOfPod("pod-p"), { target: "/latest/meta-data/" })],
  [
    "a path in disguise",
    400,
    "request-malformed",
    () => ask(P, tokenOfPod("pod-p"), { target: "/v1/../v1/credentials" }),
  ],
  ["another method", 405, "method-not-allowed", () => ask(P, tokenOfPod("pod-p"), { method: "POST" })],
  ["another host", 403, "host-not-allowed", () => ask(P, tokenOfPod("pod-p"), { host: "169.254.169.254" })],
  ["a forwarded request", 403, "forwarded", () => ask(P, tokenOfPod("pod-p"), { headers: ["X-Forwarded-For: x"] })],
])("case 63: %s is refused with %d and JSON", async (_what, status, code, put) => {
  const answer = await put();
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(JSON.parse(answer.body)).toEqual({ code, message: code.replaceAll("-", " ") });
});

test("case 63: a source that stays unknown is refused with JSON after 400 ms", async () => {
  const answer = ask("127.0.0.99", tokenOfPod("pod-new"));
  await clock.whenWaiting();
  await clock.advance(400);
  expect(JSON.parse((await answer).body)).toEqual({ code: "address-unknown", message: "address unknown" });
});
