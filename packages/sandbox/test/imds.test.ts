import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "../src/clock/fake-clock.ts";
import { readBody } from "../src/http/request-body.ts";
import { NODE_KEY } from "../src/imds/instance.ts";
import { type ImdsStandIn, startImds } from "../src/imds/stand-in.ts";

const TOKEN_PATH = "/latest/api/token";

let clock: FakeClock;
let imds: ImdsStandIn;
beforeEach(async () => {
  clock = new FakeClock();
  imds = await startImds({ clock });
});
afterEach(() => imds.stop());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the path as it is, which `fetch` would not. */
function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: imds.port, method, path, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      readBody(response).then((body) => resolve({ status, headers: answered, body }), reject);
    })
      .on("error", reject)
      .end();
  });
}

const mint = async (ttl = "21600") =>
  (await send("PUT", TOKEN_PATH, { "x-aws-ec2-metadata-token-ttl-seconds": ttl })).body;
const read = async (path: string) => send("GET", path, { "x-aws-ec2-metadata-token": await mint() });

describe("tokens", () => {
  test("a PUT mints one and echoes its life", async () => {
    const { status, headers, body } = await send("PUT", TOKEN_PATH, { "X-aws-ec2-metadata-token-ttl-seconds": "60" });
    expect([status, headers["x-aws-ec2-metadata-token-ttl-seconds"], headers.connection]).toEqual([200, "60", "close"]);
    expect(body).toMatch(/^[\w-]+==$/);
  });

  test.each(["0", "21601", "-1", "abc", "1.5", ""])("a TTL of %j is 400 with an empty body", async (ttl) => {
    expect(await send("PUT", TOKEN_PATH, { "x-aws-ec2-metadata-token-ttl-seconds": ttl })).toMatchObject({
      status: 400,
      body: "",
    });
  });

  test("a missing TTL is 400, a versioned path 403, any other method 405", async () => {
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    expect((await send("PUT", TOKEN_PATH)).status).toBe(400);
    expect((await send("PUT", "/2021-03-23/api/token", ttl)).status).toBe(403);
    expect(await send("GET", TOKEN_PATH)).toMatchObject({ status: 405, headers: { allow: "OPTIONS, PUT" } });
  });

  test("X-Forwarded-For, even empty, is 403 on a PUT and on a GET", async () => {
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    expect((await send("PUT", TOKEN_PATH, { ...ttl, "x-forwarded-for": "" })).status).toBe(403);
    const token = { "x-aws-ec2-metadata-token": await mint() };
    expect((await send("GET", "/latest/meta-data/", { ...token, "x-forwarded-for": "10.0.0.1" })).status).toBe(403);
  });

  test("no token, a wrong one and one whose time is over are 401", async () => {
    const path = "/latest/meta-data/instance-id";
    const token = { "x-aws-ec2-metadata-token": await mint("60") };
    expect((await send("GET", path)).status).toBe(401);
    expect((await send("GET", path, { "x-aws-ec2-metadata-token": "INVALID" })).status).toBe(401);
    await clock.advance(59_500);
    expect((await send("GET", path, token)).status).toBe(200);
    await clock.advance(500);
    expect((await send("GET", path, token)).status).toBe(401);
  });

  test("where tokens are optional none is taken but a wrong one is not", async () => {
    await imds.stop();
    imds = await startImds({ clock, tokens: "optional" });
    expect((await send("GET", "/latest/meta-data/instance-id")).body).toBe("i-0123456789abcdef0");
    expect((await send("GET", "/", { "x-aws-ec2-metadata-token": "INVALID" })).status).toBe(401);
  });
});

describe("data", () => {
  test.each([
    ["/", expect.stringMatching(/^1\.0\n[\s\S]*\nlatest$/)],
    ["/latest/", "dynamic\nmeta-data\nuser-data"],
    ["/latest/meta-data/iam/", "info\nsecurity-credentials/\nsecurity-credentials-extended/"],
    ["/latest/meta-data/iam/security-credentials/", "NODE-ROLE"],
    ["/latest/meta-data/placement", "availability-zone\navailability-zone-id\nregion"],
    ["/latest/meta-data/placement/availability-zone/", "us-east-1a"],
    ["/1.0/meta-data/placement/region", "us-east-1"],
    ["/2021-01-03//meta-data///local-ipv4", "10.0.0.1"],
    ["/latest/meta-data/public-keys/", "0=node-key"],
    ["/latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 node-public-key"],
    ["/latest/meta-data/managed-ssh-keys/", "active-keys"],
    ["/latest/user-data", expect.stringContaining("kubelet-token")],
    ["/latest/dynamic/instance-identity/", "document\npkcs7\nrsa2048\nsignature"],
  ])("%s is %j", async (path, body) => {
    expect(await read(path)).toMatchObject({ status: 200, body });
  });

  test("the credentials are the node's and say so", async () => {
    const { headers, body } = await read("/latest/meta-data/iam/security-credentials/NODE-ROLE");
    expect(headers).toMatchObject({ "content-type": "text/plain", server: "EC2ws" });
    expect(JSON.parse(body)).toEqual({
      Code: "Success",
      LastUpdated: "2026-01-01T00:00:00Z",
      Type: "AWS-HMAC",
      AccessKeyId: NODE_KEY.accessKeyId,
      SecretAccessKey: NODE_KEY.secretAccessKey,
      Token: NODE_KEY.sessionToken,
      Expiration: "2026-01-01T06:00:00Z",
    });
  });

  test("the identity document has the keys that AWS documents", async () => {
    const document = JSON.parse((await read("/latest/dynamic/instance-identity/document")).body);
    expect(Object.keys(document)).toEqual(
      "accountId architecture availabilityZone billingProducts devpayProductCodes marketplaceProductCodes imageId instanceId instanceType kernelId pendingTime privateIp ramdiskId region version".split(
        " ",
      ),
    );
    expect(document).toMatchObject({ region: "us-east-1", instanceId: "i-0123456789abcdef0" });
  });

  test.each([
    "/latest/meta-data/iam%2fsecurity-credentials/NODE-ROLE",
    "/latest/meta-data/%69am/security-credentials/NODE-ROLE",
    "/latest/meta-data/placement/../iam/security-credentials/NODE-ROLE",
    "/latest/meta-data/placement/%2e%2e/iam/./security-credentials/NODE-ROLE",
    "//latest/meta-data/iam/security-credentials/NODE-ROLE?x=1",
    "http://elsewhere/latest/meta-data/iam/security-credentials/NODE-ROLE",
  ])("%s leaks the node's role: no host is more lenient", async (path) => {
    expect((await read(path)).body).toContain(NODE_KEY.accessKeyId);
  });

  test.each(["/latest/meta-data/iam/security-credentials/web", "/latest/nothing", "/nothing/meta-data/"])(
    "%s is 404 with a page",
    async (path) => {
      expect(await read(path)).toMatchObject({ status: 404, body: expect.stringContaining("404 - Not Found") });
    },
  );

  test("HEAD has the length and no body, and writing is 405", async () => {
    const token = { "x-aws-ec2-metadata-token": await mint() };
    expect(await send("HEAD", "/latest/meta-data/placement/region", token)).toMatchObject({
      status: 200,
      headers: { "content-length": "9" },
      body: "",
    });
    expect((await send("POST", "/latest/meta-data/", token)).status).toBe(405);
  });
});

describe("switches", () => {
  const path = "/latest/meta-data/instance-id";

  test("every request is recorded with the path as it was sent, and without its token", async () => {
    const token = await mint();
    await send("GET", "//latest/%6deta-data/", { "x-aws-ec2-metadata-token": token, "x-pod": "web" });
    expect(imds.requests.entries.map(({ method, path }) => [method, path])).toEqual([
      ["PUT", "/latest/api/token"],
      ["GET", "//latest/%6deta-data/"],
    ]);
    expect(imds.requests.entries[1]?.headers).toMatchObject({ "x-pod": "web", "x-aws-ec2-metadata-token": "[token]" });
    expect(JSON.stringify(imds.requests.entries)).not.toContain(token);
  });

  test("it redirects, fails and floods, for data alone where asked to", async () => {
    imds.misbehaviours.begin({ kind: "redirect" }, "data");
    expect(await read(path)).toMatchObject({ status: 301, headers: { location: `${path}/` } });
    imds.misbehaviours.begin({ kind: "status", status: 503 });
    expect(await send("PUT", TOKEN_PATH)).toMatchObject({ status: 503, body: "" });
    const end = imds.misbehaviours.begin({ kind: "huge" });
    expect((await send("GET", path)).body).toHaveLength(10 * 1_024 * 1_024);
    end();
    expect((await read(path)).status).toBe(200);
  });

  test("a stalled request is answered when the stall ends", async () => {
    const end = imds.misbehaviours.begin({ kind: "stall" }, "data");
    const answered = read(path);
    await imds.requests.whenCount(1, (entry) => entry.method === "GET");
    end();
    expect((await answered).status).toBe(200);
  });

  test("a stalled body begins and ends only with the stall", async () => {
    const end = imds.misbehaviours.begin({ kind: "stall-body" });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host: "127.0.0.1", port: imds.port, path }, resolve).on("error", reject).end();
    });
    const [first] = (await once(response, "data")) as [Buffer];
    expect([response.statusCode, first.toString()]).toEqual([200, "x"]);
    const ended = once(response, "end");
    expect(response.complete).toBe(false);
    end();
    await ended;
  });

  test("connections are reset, or refused until they are accepted again", async () => {
    imds.misbehaviours.begin({ kind: "reset" });
    await expect(send("GET", path)).rejects.toMatchObject({ code: "ECONNRESET" });
    imds.misbehaviours.end();
    await imds.refuseConnections();
    await expect(send("GET", path)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await imds.acceptConnections();
    expect((await read(path)).status).toBe(200);
  });
});
