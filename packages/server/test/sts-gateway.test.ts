import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { RemoteClock } from "@rolecall/common/time/remote-clock";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { type StsStandIn, startSts } from "@rolecall/sandbox/sts/stand-in";
import { STS_ERRORS, type StsErrorCode } from "@rolecall/sandbox/sts/sts-error";
import { StsGateway } from "../src/adapters/aws/sts-client.ts";
import type { StsAnswer } from "../src/application/ports/sts.ts";
import { anAssumption, HOUR_MS } from "./support/makers.ts";

const never = new AbortController().signal;
let clock: FakeClock;
let awsClock: RemoteClock;
let sts: StsStandIn;
let outcomes: string[];

beforeEach(async () => {
  process.env["AWS_ACCESS_KEY_ID"] ??= "AKIAROLECALLSANDBOX0";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "not-a-secret";
  // Signing takes the system's time.
  clock = new FakeClock(Math.floor(Date.now() / 1_000) * 1_000);
  awsClock = new RemoteClock(clock);
  sts = await startSts({ clock });
  outcomes = [];
});
afterEach(() => sts.stop());

const gateway = (endpoint = sts.url) =>
  new StsGateway({
    region: "us-east-1",
    endpoint,
    clock,
    awsClock,
    onTime: (reading) => awsClock.learn(reading),
    recorder: { stsAnswered: (outcome) => void outcomes.push(outcome) },
    log: createLogger("server", "error", () => {}),
  });
const reasonOf = (answer: StsAnswer) => (answer.kind === "failure" ? answer.failure.reason : answer.kind);

/** What each code of the stand-in is against, as the real SDK reads it from the wire. */
const REASONS: Readonly<Record<StsErrorCode, string>> = {
  AccessDenied: "sts-access-denied",
  ExpiredToken: "sts-own-credentials",
  IncompleteSignature: "sts-own-credentials",
  InternalFailure: "sts-unreachable",
  InvalidAction: "sts-unreachable",
  InvalidClientTokenId: "sts-own-credentials",
  InvalidParameterValue: "sts-invalid-request",
  MalformedPolicyDocument: "sts-invalid-request",
  MissingAuthenticationToken: "sts-own-credentials",
  PackedPolicyTooLarge: "sts-invalid-request",
  RegionDisabledException: "sts-access-denied",
  ServiceUnavailable: "sts-unreachable",
  SignatureDoesNotMatch: "sts-own-credentials",
  Throttling: "sts-throttled",
  ValidationError: "sts-invalid-request",
};

describe("an error of STS on the wire", () => {
  test.each(Object.keys(STS_ERRORS) as StsErrorCode[])("%s has its reason", async (code) => {
    sts.faults.failNext({ code });
    const answer = await gateway().assumeRole(anAssumption(), never);
    expect(reasonOf(answer)).toBe(REASONS[code]);
    expect(outcomes).toEqual([REASONS[code]]);
  });

  test("a connection that is reset, and one that is refused, are of an STS that cannot be reached", async () => {
    sts.faults.failNext({ code: "reset" });
    expect(reasonOf(await gateway().assumeRole(anAssumption(), never))).toBe("sts-unreachable");
    expect(reasonOf(await gateway("http://127.0.0.1:1").assumeRole(anAssumption(), never))).toBe("sts-unreachable");
  });
});

describe("the server's own credentials", () => {
  test("are obtained anew once STS has refused them", async () => {
    const keys = [process.env["AWS_ACCESS_KEY_ID"], process.env["AWS_SECRET_ACCESS_KEY"]];
    const client = gateway();
    process.env["AWS_ACCESS_KEY_ID"] = "ASIAOLD";
    expect(reasonOf(await client.assumeRole(anAssumption(), never))).toBe("sts-own-credentials");
    [process.env["AWS_ACCESS_KEY_ID"], process.env["AWS_SECRET_ACCESS_KEY"]] = keys;
    expect(reasonOf(await client.assumeRole(anAssumption(), never))).toBe("credentials");
  });
});

describe("the time of AWS", () => {
  test("is this machine's own where an answer's Date agrees with it", async () => {
    await clock.advance(700);
    await gateway().assumeRole(anAssumption(), never);
    expect([awsClock.isKnown, awsClock.offsetMs]).toEqual([true, 0]);
  });

  test.each([-240_000, 240_000])(
    "is learnt from an answer, and what is received counted in it: %d ms",
    async (skewMs) => {
      sts.faults.skewMs = skewMs;
      const answer = await gateway().assumeRole(anAssumption(), never);
      expect(Math.abs(-skewMs - awsClock.offsetMs)).toBeLessThanOrEqual(1_000);
      if (answer.kind !== "credentials") throw new Error(answer.failure.detail);
      const { receivedAtMs, expiresAtMs } = answer.credentials;
      expect(expiresAtMs).toBe(clock.nowMs() + skewMs + HOUR_MS);
      expect(Math.abs(expiresAtMs - receivedAtMs - HOUR_MS)).toBeLessThanOrEqual(1_000);
    },
  );

  test("is learnt from a refusal, so that the next call is signed in time", async () => {
    sts.faults.skewMs = 3 * HOUR_MS;
    const client = gateway();
    expect(reasonOf(await client.assumeRole(anAssumption(), never))).toBe("sts-clock-skew");
    expect(reasonOf(await client.assumeRole(anAssumption(), never))).toBe("credentials");
    expect(awsClock.offsetMs).toBeLessThan(-2 * HOUR_MS);
  });
});
