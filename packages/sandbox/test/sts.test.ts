import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  GetCallerIdentityCommand,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "../src/clock/fake-clock.ts";
import { BASE_ARN, type StsStandIn, startSts } from "../src/sts/stand-in.ts";

const WEB = "arn:aws:iam::123456789012:role/team/web";
const BASE = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "base" };

let clock: FakeClock;
let sts: StsStandIn;
beforeEach(async () => {
  clock = new FakeClock();
  sts = await startSts({ clock });
});
afterEach(() => sts.stop());

function client(
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = BASE,
  attempts = 1,
) {
  return new STSClient({ region: "us-east-1", endpoint: sts.url, credentials, maxAttempts: attempts });
}
const clientOf = ({
  AccessKeyId = "",
  SecretAccessKey = "",
  SessionToken = "",
}: { [K in keyof Credentials]?: Credentials[K] | undefined }) =>
  client({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });

const assume = (input: Partial<AssumeRoleCommandInput> = {}, as = client()) =>
  as.send(new AssumeRoleCommand({ RoleArn: WEB, RoleSessionName: "team-a.web", ...input }));
const whoAmI = (as = client()) => as.send(new GetCallerIdentityCommand({}));

/** What STS refused a call with. */
async function refusal(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    if (error instanceof STSServiceException) {
      return { code: error.name, status: error.$metadata.httpStatusCode, message: error.message };
    }
    throw error;
  }
  throw new Error("the call was not refused");
}

describe("AssumeRole", () => {
  test("answers what the real client reads: keys, session and expiration by the clock", async () => {
    const { Credentials, AssumedRoleUser, PackedPolicySize, $metadata } = await assume();
    expect(Credentials).toEqual({
      AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      SecretAccessKey: expect.stringMatching(/^[\w+/]{40}$/),
      SessionToken: expect.stringMatching(/^IQoJ.{300,}$/),
      Expiration: new Date("2026-01-01T01:00:00Z"),
    });
    expect(AssumedRoleUser).toEqual({
      Arn: "arn:aws:sts::123456789012:assumed-role/web/team-a.web",
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:team-a\.web$/),
    });
    expect(PackedPolicySize).toBeUndefined();
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("each call makes its own credentials, of the same role ID", async () => {
    const [one, other] = [await assume(), await assume()];
    expect(one.Credentials?.AccessKeyId).not.toBe(other.Credentials?.AccessKeyId);
    expect(one.AssumedRoleUser?.AssumedRoleId).toBe(other.AssumedRoleUser?.AssumedRoleId);
  });

  test.each<[string, Partial<AssumeRoleCommandInput>, string]>([
    [
      "a short session",
      { DurationSeconds: 899 },
      "at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    ["a long session", { DurationSeconds: 43_201 }, "Member must have value less than or equal to 43200"],
    [
      "a chained session over an hour",
      { DurationSeconds: 3_601 },
      "1 hour session limit for roles assumed by role chaining",
    ],
    [
      "a session name of one character",
      { RoleSessionName: "a" },
      "at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
    ["a session name over 64", { RoleSessionName: "a".repeat(65) }, "less than or equal to 64"],
    [
      "a slash in the session name",
      { RoleSessionName: "a/b" },
      "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    ["a space in the external ID", { ExternalId: "a b" }, "at 'externalId'"],
    [
      "a short ARN",
      { RoleArn: "arn:aws:iam" },
      "at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ],
    [
      "an ARN of a user",
      { RoleArn: "arn:aws:iam::123456789012:user/web" },
      "arn:aws:iam::123456789012:user/web is invalid",
    ],
    ["an empty tag key", { Tags: [{ Key: "", Value: "v" }] }, "at 'tags.1.member.key'"],
    ["a control character in a tag", { Tags: [{ Key: "k", Value: "a\tb" }] }, "at 'tags.1.member.value'"],
  ])("%s is a ValidationError", async (_what, input, message) => {
    expect(await refusal(assume(input))).toEqual({
      code: "ValidationError",
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  test("several mistakes are told at once, and tag keys may not differ by case alone", async () => {
    expect(await refusal(assume({ RoleSessionName: "a", DurationSeconds: 1 }))).toMatchObject({
      message: expect.stringMatching(/^2 validation errors detected: /),
    });
    const Tags = [
      { Key: "team", Value: "a" },
      { Key: "Team", Value: "b" },
    ];
    expect((await refusal(assume({ Tags }))).code).toBe("InvalidParameterValue");
  });

  test("a session of a user, not of a role, may last as long as the role allows", async () => {
    await sts.stop();
    sts = await startSts({ clock, baseArn: "arn:aws:iam::123456789012:user/rolecall" });
    expect((await refusal(assume({ DurationSeconds: 7_200 }))).message).toContain("MaxSessionDuration");
    sts.roles.set(WEB, { maxSessionSeconds: 43_200 });
    expect((await assume({ DurationSeconds: 7_200 })).Credentials?.Expiration).toEqual(
      new Date("2026-01-01T02:00:00Z"),
    );
  });

  test("a role that asks for an external ID is refused without it and with another", async () => {
    sts.roles.set(WEB, { externalId: "tenant-1" });
    const denied = {
      code: "AccessDenied",
      status: 403,
      message: `User: ${BASE_ARN} is not authorized to perform: sts:AssumeRole on resource: ${WEB}`,
    };
    expect(await refusal(assume())).toEqual(denied);
    expect(await refusal(assume({ ExternalId: "tenant-2" }))).toEqual(denied);
    await assume({ ExternalId: "tenant-1" });
  });

  test("a denied role is refused until it is allowed, other roles are not", async () => {
    sts.roles.deny(WEB);
    expect((await refusal(assume())).code).toBe("AccessDenied");
    await assume({ RoleArn: "arn:aws:iam::123456789012:role/other" });
    sts.roles.allow(WEB);
    await assume();
  });

  test("closed, only roles that were set can be assumed", async () => {
    sts.roles.isOpen = false;
    expect((await refusal(assume())).code).toBe("AccessDenied");
    sts.roles.set(WEB, {});
    await assume();
  });

  test("every call is recorded with all it asked for and nothing secret", async () => {
    const Tags = [{ Key: "kubernetes-namespace", Value: "team-a" }];
    const { Credentials } = await assume({
      ExternalId: "x1",
      Tags,
      TransitiveTagKeys: ["kubernetes-namespace"],
      DurationSeconds: 900,
    });
    await assume({ RoleArn: "arn:aws:iam::123456789012:role/other" });
    expect(sts.calls.entries[0]).toEqual({
      action: "AssumeRole",
      accessKeyId: BASE.accessKeyId,
      region: "us-east-1",
      roleArn: WEB,
      sessionName: "team-a.web",
      durationSeconds: 900,
      externalId: "x1",
      tags: { "kubernetes-namespace": "team-a" },
      transitiveTagKeys: ["kubernetes-namespace"],
    });
    expect([sts.countAssumeRole(), sts.countAssumeRole(WEB)]).toEqual([2, 1]);
    expect(JSON.stringify(sts.calls.entries)).not.toContain(Credentials?.SecretAccessKey);
  });
});

describe("GetCallerIdentity", () => {
  test("any key but a session's is the base identity", async () => {
    expect(await whoAmI()).toMatchObject({
      Account: "123456789012",
      Arn: BASE_ARN,
      UserId: expect.stringMatching(/^AROA.*:i-0123456789abcdef0$/),
    });
  });

  test("a session is its role without the path, and its signature is checked", async () => {
    const { Credentials = {}, AssumedRoleUser } = await assume();
    expect(await whoAmI(clientOf(Credentials))).toMatchObject({
      Arn: "arn:aws:sts::123456789012:assumed-role/web/team-a.web",
      UserId: AssumedRoleUser?.AssumedRoleId,
    });
    const wrong = await refusal(whoAmI(clientOf({ ...Credentials, SecretAccessKey: "guessed" })));
    expect(wrong).toMatchObject({ code: "SignatureDoesNotMatch", status: 403 });
  });

  test("an unknown session, and one with another's token, is InvalidClientTokenId", async () => {
    const { Credentials: one } = await assume();
    const { Credentials: other } = await assume();
    const unknown = clientOf({ ...one, AccessKeyId: "ASIAAAAAAAAAAAAAAAAA" });
    const swapped = clientOf({ ...one, SessionToken: other?.SessionToken });
    for (const as of [unknown, swapped]) {
      expect(await refusal(whoAmI(as))).toMatchObject({ code: "InvalidClientTokenId", status: 403 });
    }
  });

  test("a session ends by the clock", async () => {
    const { Credentials = {} } = await assume({ DurationSeconds: 900 });
    await clock.advance(899_000);
    await whoAmI(clientOf(Credentials));
    await clock.advance(1_000);
    expect(await refusal(whoAmI(clientOf(Credentials)))).toMatchObject({ code: "ExpiredToken", status: 403 });
    expect(await refusal(assume({}, clientOf(Credentials)))).toMatchObject({ code: "ExpiredToken" });
  });

  test("a key that STS was told of is whose it was said to be", async () => {
    const arn = "arn:aws:sts::123456789012:assumed-role/NODE-ROLE/i-1";
    sts.identities.add("ASIAKNOWNKNOWNKNOWN0", { arn });
    expect((await whoAmI(clientOf({ AccessKeyId: "ASIAKNOWNKNOWNKNOWN0", SecretAccessKey: "any" }))).Arn).toBe(arn);
  });

  test("a request without a signature is refused", async () => {
    const response = await fetch(sts.url, {
      method: "POST",
      body: new URLSearchParams({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([403, "text/xml"]);
    expect(await response.text()).toMatch(
      /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><Error><Type>Sender<\/Type><Code>MissingAuthenticationToken<\/Code>/,
    );
  });
});

describe("faults", () => {
  test("throttling is a 400 that the real client knows as such", async () => {
    const end = sts.faults.throttle(1);
    const error = await assume().catch((caught: STSServiceException) => caught);
    expect(error).toMatchObject({ name: "Throttling", message: "Rate exceeded", $metadata: { httpStatusCode: 400 } });
    await assume();
    end();
    sts.faults.throttle();
    await refusal(assume());
    await refusal(assume());
    await whoAmI();
    sts.faults.clear();
    await assume();
  });

  test.each([
    ["InternalFailure", 500],
    ["ServiceUnavailable", 503],
    ["RegionDisabledException", 403],
    ["PackedPolicyTooLarge", 400],
  ] as const)("the next call fails with %s", async (code, status) => {
    sts.faults.failNext({ code, roleArn: WEB });
    await assume({ RoleArn: "arn:aws:iam::123456789012:role/other" });
    expect(await assume().catch((caught: STSServiceException) => caught.$metadata)).toMatchObject({
      httpStatusCode: status,
    });
    await assume();
  });

  test("a call hangs until it is released, and is counted when it arrives", async () => {
    const release = sts.faults.hang({ roleArn: WEB });
    const answered = assume();
    await sts.whenAssumeRole(1, WEB);
    await whoAmI();
    release();
    await answered;
    expect(sts.countAssumeRole(WEB)).toBe(1);
  });

  test("latency passes on the injected clock", async () => {
    sts.faults.latencyMs = 60;
    const answered = assume();
    await clock.whenWaiting();
    expect(clock.nextTimerInMs).toBe(60);
    await clock.advance(60);
    await answered;
  });

  test("a connection is reset, or refused until connections are accepted again", async () => {
    sts.faults.failNext({ code: "reset" });
    await expect(assume()).rejects.toThrow("ECONNRESET");
    await sts.refuseConnections();
    await expect(assume()).rejects.toThrow("ECONNREFUSED");
    await sts.acceptConnections();
    await assume();
  });

  test("a skewed STS shows its own time and refuses what is signed by another", async () => {
    await sts.stop();
    sts = await startSts();
    sts.faults.skewMs = 3_600_000;
    const skewed = await assume().catch((error: STSServiceException) => error);
    expect(skewed).toMatchObject({
      name: "SignatureDoesNotMatch",
      message: expect.stringMatching(/^Signature expired: /),
      $response: { headers: { date: expect.any(String) } },
    });
    const { date } = (skewed as STSServiceException).$response?.headers ?? {};
    expect(Math.round((Date.parse(date ?? "") - Date.now()) / 3_600_000)).toBe(1);
    sts.faults.skewMs = -3_600_000;
    expect((await refusal(assume())).message).toMatch(/^Signature not yet current: /);
  });

  test("the real client corrects its clock and tries again", async () => {
    await sts.stop();
    sts = await startSts();
    sts.faults.skewMs = 3_600_000;
    const { Credentials } = await assume({}, client(BASE, 2));
    expect(Math.round((Number(Credentials?.Expiration) - Date.now()) / 3_600_000)).toBe(2);
  });
});

describe("the paths for tests in another process", () => {
  const post = async (body: object) => {
    const response = await fetch(`${sts.url}/_sandbox/faults`, { method: "POST", body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  beforeEach(async () => {
    await sts.stop();
    sts = await startSts({ clock, adminPaths: true });
  });

  test("deny, throttle, hang and what roles ask for are set, and calls counted", async () => {
    expect(await post({ deny: [WEB] })).toEqual({ status: 200, body: {} });
    expect((await refusal(assume())).code).toBe("AccessDenied");
    await post({ deny: [], throttle: true });
    expect((await refusal(assume())).code).toBe("Throttling");
    await post({ throttle: false, roles: { [WEB]: { externalId: "x1" } } });
    expect((await refusal(assume())).code).toBe("AccessDenied");
    await post({ hang: true });
    const answered = assume({ ExternalId: "x1" });
    await sts.whenAssumeRole(4);
    await post({ hang: false });
    await answered;
    const report = (await (await fetch(`${sts.url}/_sandbox/calls`)).json()) as { calls: unknown[] };
    expect(report).toMatchObject({ assumeRole: { [WEB]: 4 }, getCallerIdentity: 0 });
    expect(report.calls).toHaveLength(4);
  });

  test.each([
    [{ denied: [] }, "denied: no such fault; there are deny, throttle, hang, latencyMs, roles"],
    [{ latencyMs: "60" }, 'latencyMs: "60" is no value for it'],
  ])("%j is refused", async (body, problem) => {
    expect(await post(body)).toEqual({ status: 400, body: { problem } });
  });

  test("are not there unless asked for", async () => {
    await sts.stop();
    sts = await startSts({ clock });
    expect((await fetch(`${sts.url}/_sandbox/calls`)).status).toBe(400);
  });
});
