import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { checkOwnCredentials } from "./check-own-credentials.ts";
import type { CallerIdentity } from "./ports/caller-identity.ts";

const SESSION = "arn:aws:sts::123456789012:assumed-role/rolecall-server/i-0123456789abcdef0";
const USER = "arn:aws:iam::123456789012:user/rolecall";

type Answer = Awaited<ReturnType<CallerIdentity["ask"]>>;
let clock: FakeClock;
let answers: Answer[];
let reported: (string | undefined)[];
let logged: string[];
let identities: string[];

beforeEach(() => {
  clock = new FakeClock();
  [answers, reported, logged, identities] = [[], [], [], []];
});

async function check(sessionSeconds = 3_600): Promise<void> {
  const error = (_fields: object, sentence?: string) => void logged.push(sentence ?? "");
  const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error, child: () => log };
  const task = checkOwnCredentials({
    callerIdentity: { ask: async () => answers.shift() ?? { kind: "arn", arn: SESSION } },
    sessionSeconds,
    onIdentity: (arn) => identities.push(arn),
    report: (problem) => reported.push(problem),
    clock,
    random: () => 0.5,
    log,
  });
  const done = task(new AbortController().signal);
  await clock.advance(60_000);
  await done;
}

test("who the server is passes the check", async () => {
  await check();
  expect([reported, identities, logged]).toEqual([[undefined], [SESSION], []]);
});

test("no credentials are one line, said once, until there are some", async () => {
  answers = [1, 2, 3].map(() => ({ kind: "failure", detail: "GetCallerIdentity: no credentials" }));
  await check();
  expect(reported).toEqual([...Array(3).fill("GetCallerIdentity: no credentials"), undefined]);
  expect(logged).toEqual(["GetCallerIdentity: no credentials"]);
});

describe("sessions of more than an hour", () => {
  test("are a problem where the server itself is a role's session", async () => {
    await check(7_200);
    expect(reported).toEqual([expect.stringMatching(/^--session-duration .* at most 1h: the server is arn:aws:sts::/)]);
  });

  test("are none where it is a user", async () => {
    answers = [{ kind: "arn", arn: USER }];
    await check(7_200);
    expect(reported).toEqual([undefined]);
  });
});
