import { beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { FakeSts, queueOf } from "../../test/support/fake-sts.ts";
import { anAssumption, roleArn } from "../../test/support/makers.ts";
import { CredentialStore } from "./credential-store.ts";
import { FirstHop } from "./first-hop.ts";

const MINUTE_MS = 60_000;
let clock: FakeClock;
let sts: FakeSts;
let hop: FirstHop;

beforeEach(() => {
  clock = new FakeClock();
  sts = new FakeSts(clock);
  const store = new CredentialStore({ sts: queueOf(sts, clock), awsClock: clock, random: () => 0.5 });
  hop = new FirstHop({ store, assumption: anAssumption({ roleArn: roleArn("hub") }), awsClock: clock });
});

test("the role is assumed when it is first needed, once for all who wait", async () => {
  expect(sts.calls).toHaveLength(0);
  const credentials = await Promise.all([hop.credentials(), hop.credentials()]);
  expect(credentials.map(({ accessKeyId }) => accessKeyId)).toEqual(["ASIA1", "ASIA1"]);
});

test("it is refreshed long before it ends, and a refresh that fails keeps what lives", async () => {
  await hop.credentials();
  sts.failure = { reason: "sts-unreachable", detail: "ECONNREFUSED" };
  await clock.advance(50 * MINUTE_MS);
  expect((await hop.credentials()).accessKeyId).toBe("ASIA1");
  sts.failure = undefined;
  await clock.advance(MINUTE_MS);
  expect((await hop.credentials()).accessKeyId).not.toBe("ASIA1");
});

test("a refusal is thrown with what STS said, and heals", async () => {
  sts.failure = { reason: "sts-access-denied", detail: "not authorized" };
  await expect(hop.credentials()).rejects.toThrow("--assume-role-arn: not authorized");
  sts.failure = undefined;
  await clock.advance(12_500);
  expect((await hop.credentials()).accessKeyId).toBeDefined();
});
