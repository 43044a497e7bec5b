import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aReadyPod, aRole, FakeStandings } from "../../test/metadata/pods.ts";
import { HOUR_MS } from "../../test/support/makers.ts";
import { KeyRing } from "../adapters/token-key/key-ring.ts";
import type { Standing } from "../domain/credentials/standing.ts";
import { DEFAULT_LEAVES, metadataCatalogue } from "../domain/imds/allow-list.ts";
import { hostAllowList } from "../domain/imds/request-hygiene.ts";
import type { MetadataResponse } from "../domain/imds/response.ts";
import { SessionTokens } from "../domain/imds/session-token.ts";
import type { TokenPolicy } from "../domain/imds/token-policy.ts";
import { type AnswerMetadata, answerMetadata } from "./answer-metadata.ts";
import type { LeafReading } from "./ports/node-metadata.ts";

const POD = "10.0.0.1";
const LIST = "/latest/meta-data/iam/security-credentials/";
const role = aRole("web");

let clock: FakeClock;
let standings: FakeStandings;
let leafReads: string[];
let readLeaf: () => Promise<LeafReading>;

beforeEach(() => {
  clock = new FakeClock();
  standings = new FakeStandings();
  leafReads = [];
  readLeaf = async () => ({ kind: "found", body: "eu-west-1" });
});

function service(tokens: TokenPolicy = "optional", tokensByNamespace = false): AnswerMetadata {
  return answerMetadata({
    standings,
    nodeMetadata: {
      read: (path) => {
        leafReads.push(path);
        return readLeaf();
      },
    },
    catalogue: metadataCatalogue(DEFAULT_LEAVES),
    hosts: hostAllowList(),
    clock,
    tokens,
    tokensByNamespace,
    sessionTokens: new SessionTokens(new KeyRing({ id: "current0", createdAtMs: 0, secret: Buffer.alloc(32, 7) })),
  });
}

type Asked = Parameters<AnswerMetadata>[0];
const responseOf = async (answer: AnswerMetadata, asked: Asked): Promise<MetadataResponse> =>
  (await answer(asked)).response;

const request = (target: string, { method = "GET", headers = [] as string[], from = POD } = {}) => ({
  method,
  target,
  headers: ["Host", "169.254.169.254", ...headers],
  hostOptional: false,
  sourceAddress: from,
});
const get = (target: string, answer = service()): Promise<MetadataResponse> => responseOf(answer, request(target));
const TTL_60 = ["X-aws-ec2-metadata-token-ttl-seconds", "60"];
const tokenFrom = async (answer: AnswerMetadata): Promise<string> =>
  (await responseOf(answer, request("/latest/api/token", { method: "PUT", headers: TTL_60 }))).body;
const withToken = (token: string) => ({ headers: ["X-aws-ec2-metadata-token", token] });

const HELD: ReadonlyArray<{ standing: Standing; outcome: string }> = [
  { standing: { kind: "unknown-address" }, outcome: "address-unknown" },
  { standing: { kind: "unknown-grant", podUid: "web-1" }, outcome: "grant-unknown" },
  { standing: { kind: "pending", podUid: "web-1", role }, outcome: "credentials-pending" },
];

describe.each(HELD)("a list asked for while the source is $standing.kind", ({ standing, outcome }) => {
  beforeEach(() => standings.set(POD, standing));

  test("is held for 400 ms and then refused with an empty 503", async () => {
    let answered: MetadataResponse | undefined;
    const pending = get(LIST).then((response) => {
      answered = response;
    });
    await clock.advance(399);
    expect(answered).toBeUndefined();
    await clock.advance(1);
    await pending;
    expect(answered).toMatchObject({ status: 503, body: "", outcome });
  });

  test("is answered in the moment the credentials come", async () => {
    const answer = get(LIST);
    await clock.advance(200);
    standings.set(POD, aReadyPod("web-1", role, clock.nowMs()));
    expect(await answer).toMatchObject({ status: 200, body: "web" });
    expect([standings.listeners, clock.pendingTimers]).toEqual([0, 0]);
  });

  test("is refused in the moment the pod turns out to have no role", async () => {
    const answer = get(LIST);
    standings.set(POD, { kind: "no-role", podUid: "web-1" });
    expect(await answer).toMatchObject({ status: 404, body: "" });
  });

  test("goes on being held through changes that settle nothing, up to the one deadline", async () => {
    const answer = get(LIST);
    await clock.advance(300);
    standings.set("10.0.0.2", { kind: "host" });
    standings.set(POD, { kind: "pending", podUid: "web-1", role });
    await clock.advance(100);
    expect(await answer).toMatchObject({ status: 503, outcome: "credentials-pending" });
  });
});

describe("a standing that settles it is answered at once", () => {
  test.each<[Standing, number, string]>([
    [{ kind: "host" }, 404, "host-network"],
    [{ kind: "no-role", podUid: "web-1" }, 404, "pod-without-role"],
    [{ kind: "denied", podUid: "web-1", reason: "role-not-permitted" }, 404, "pod-denied"],
    [{ kind: "failed", podUid: "web-1", role, reason: "sts-access-denied" }, 503, "credentials-failed"],
  ])("%j with %d", async (standing, status, outcome) => {
    standings.set(POD, standing);
    for (const path of [LIST, `${LIST}web`, "/latest/meta-data/iam/info", "/latest/meta-data/iam/"]) {
      expect(await get(path)).toMatchObject({ status, outcome, body: "" });
    }
  });

  test("another role's name is unknown even while the credentials are still awaited", async () => {
    standings.set(POD, { kind: "pending", podUid: "web-1", role });
    expect(await get(`${LIST}node-role`)).toMatchObject({ status: 404, body: "" });
  });
});

describe("credentials", () => {
  test("are served to the end of their true life, and a 503 follows", async () => {
    standings.set(POD, aReadyPod("web-1", role, clock.nowMs()));
    await clock.advance(HOUR_MS - 1);
    expect(await get(`${LIST}web`)).toMatchObject({ status: 200 });
    await clock.advance(1);
    expect(await get(LIST)).toMatchObject({ status: 503, body: "", outcome: "credentials-expired" });
    expect(await get(`${LIST}web`)).toMatchObject({ status: 503, body: "" });
  });
});

describe("what a namespace says of tokens", () => {
  const saying = (namespaceTokens: TokenPolicy | undefined) =>
    standings.set(POD, { kind: "no-role", podUid: "web-1", namespaceTokens });

  test.each<[TokenPolicy, TokenPolicy | undefined, number]>([
    ["required", "optional", 404],
    ["optional", "required", 401],
    ["required", undefined, 401],
    ["optional", undefined, 404],
  ])("goes before the agent's %s where the operator lets it: %s", async (tokens, namespaceTokens, status) => {
    saying(namespaceTokens);
    expect((await get(LIST, service(tokens, true))).status).toBe(status);
  });

  test("counts for nothing where the operator does not", async () => {
    saying("optional");
    expect((await get(LIST, service("required"))).status).toBe(401);
  });

  test("is waited for where the pod's grant has not come", async () => {
    standings.set(POD, { kind: "unknown-grant", podUid: "web-1" });
    const answer = get(LIST, service("required", true));
    saying("optional");
    expect((await answer).status).toBe(404);
  });

  test("that never comes is a refusal for want of a token", async () => {
    standings.set(POD, { kind: "unknown-grant", podUid: "web-1" });
    const answer = get(LIST, service("required", true));
    await clock.advance(400);
    expect((await answer).status).toBe(401);
  });
});

describe("tokens", () => {
  beforeEach(() => standings.set(POD, aReadyPod("web-1", role, clock.nowMs())));

  test("one from a pod that is not known yet is checked when it is", async () => {
    const answer = service("required");
    const token = await tokenFrom(answer);
    standings.set(POD, { kind: "unknown-address" });
    const held = responseOf(answer, request(LIST, withToken(token)));
    standings.set(POD, aReadyPod("web-2", role, clock.nowMs()));
    expect(await held).toMatchObject({ status: 401, outcome: "token-invalid" });
  });

  test("one is issued to a pod whose grant is still awaited", async () => {
    standings.set(POD, { kind: "unknown-grant", podUid: "web-1" });
    expect(await responseOf(service(), request("/latest/api/token", { method: "PUT", headers: TTL_60 }))).toMatchObject(
      {
        status: 200,
        headers: ["X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60"],
      },
    );
  });

  test("one asked for from an unknown address is held and then refused, since it would bind nobody", async () => {
    standings.set(POD, { kind: "unknown-address" });
    const held = responseOf(service(), request("/latest/api/token", { method: "PUT", headers: TTL_60 }));
    await clock.advance(400);
    expect(await held).toMatchObject({ status: 503, body: "" });
  });

  test("what has not the form of one is refused at once, whoever asks", async () => {
    standings.set(POD, { kind: "unknown-address" });
    expect(await responseOf(service(), request(LIST, withToken("INVALID")))).toMatchObject({ status: 401, body: "" });
  });

  test("a bad time to live is said at once, whoever asks", async () => {
    standings.set(POD, { kind: "unknown-address" });
    const headers = ["X-aws-ec2-metadata-token-ttl-seconds", "0"];
    expect(await responseOf(service(), request("/latest/api/token", { method: "PUT", headers }))).toMatchObject({
      status: 400,
    });
  });

  test("the node's own processes get one that opens the node's metadata to them and no role", async () => {
    standings.set(POD, { kind: "host" });
    const answer = service("required");
    const token = await tokenFrom(answer);
    expect(await responseOf(answer, request("/latest/meta-data/placement/region", withToken(token)))).toMatchObject({
      status: 200,
    });
    expect(await responseOf(answer, request(LIST, withToken(token)))).toMatchObject({ status: 404, body: "" });
  });
});

describe("the node's metadata", () => {
  test.each<[LeafReading, number]>([
    [{ kind: "found", body: "eu-west-1" }, 200],
    [{ kind: "absent" }, 404],
    [{ kind: "unusable" }, 502],
    [{ kind: "unreachable" }, 503],
  ])("read as %j is answered %d", async (reading, status) => {
    readLeaf = async () => reading;
    expect(await get("/latest/meta-data/placement/region/")).toMatchObject({
      status,
      body: reading.kind === "found" ? reading.body : "",
    });
    expect(leafReads).toEqual(["meta-data/placement/region"]);
  });

  test("that does not come is given up at the deadline", async () => {
    readLeaf = () => new Promise(() => {});
    const answer = get("/latest/meta-data/placement/region");
    await clock.advance(400);
    expect(await answer).toMatchObject({ status: 503, outcome: "upstream-unreachable" });
  });

  test("and a hold before it share one deadline", async () => {
    standings.set(POD, aReadyPod("web-1", role, clock.nowMs()));
    const answer = service("required");
    const token = await tokenFrom(answer);
    standings.set(POD, { kind: "unknown-address" });
    readLeaf = () => new Promise(() => {});
    const held = responseOf(answer, request("/latest/meta-data/placement/region", withToken(token)));
    await clock.advance(300);
    standings.set(POD, { kind: "no-role", podUid: "web-1" });
    standings.set(POD, aReadyPod("web-1", role, clock.nowMs()));
    await clock.advance(100);
    expect(await held).toMatchObject({ status: 503, outcome: "upstream-unreachable" });
    expect(leafReads).toHaveLength(1);
  });

  test("is not asked for a request that is refused", async () => {
    const refused = [
      request("/latest/meta-data/placement/region", { headers: ["X-Forwarded-For", ""] }),
      request("/latest/meta-data/placement/region", { method: "POST" }),
      request("/latest/user-data"),
      request("/latest/meta-data/placement/../placement/region"),
    ];
    for (const each of refused) expect((await responseOf(service(), each)).status).toBeGreaterThanOrEqual(400);
    expect(await get("/latest/meta-data/placement/region", service("required"))).toMatchObject({ status: 401 });
    expect(leafReads).toEqual([]);
  });
});

test.each([
  ["/latest/../x", "malformed", "request-malformed"],
  ["/made-up/path", "not-found", "path-unknown"],
  [LIST, "role-list", "pod-without-role"],
  ["/", "version-list", "answered"],
])("%s is counted under a route that the client cannot choose: %s", async (target, route, outcome) => {
  standings.set(POD, { kind: "no-role", podUid: "web-1" });
  expect(await service()(request(target))).toMatchObject({ route, response: { outcome } });
});
