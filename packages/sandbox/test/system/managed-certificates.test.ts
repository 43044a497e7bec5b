import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ChannelCredentials, Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import * as x509 from "@peculiar/x509";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { FakeClock } from "../../src/clock/fake-clock.ts";
import type { Running, RunningAgent, RunningServer } from "../../src/system/processes.ts";
import { PKI } from "../../src/system/sandbox.ts";
import { Harness, NODE, until } from "./harness.ts";

const contract = loadContract(sourceProtoDirectory());

/** An authority of five minutes and certificates of one, as no release has them: rotations in seconds. */
const SHORT_LIVES = ["--authority-life=300s", "--authority-spread=20s", "--certificate-life=60s"];
const STEP_MS = 2_500;

jest.setTimeout(60_000);

let clock: FakeClock;
let harness: Harness;
beforeEach(async () => {
  clock = new FakeClock(Date.now());
  harness = await Harness.start({ clock });
});
afterEach(() => harness.stop());

const aServer = (flags: readonly string[] = []) =>
  harness.server({ managesCertificates: true, flags: [...SHORT_LIVES, ...flags] });
const anAgent = ({ brokerPort, enrollmentPort }: RunningServer) => harness.agent({ brokerPort, enrollmentPort });

const metrics = async ({ adminUrl }: Running) => (await fetch(`${adminUrl}/metrics`)).text();
async function metric(process: Running, name: string): Promise<number> {
  const line = (await metrics(process)).split("\n").find((text) => text.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}
const isLive = async (agent: RunningAgent) => (await metric(agent, 'rolecall_agent_feed_state{state="live"}')) === 1;

/** Lets time pass in steps, with what other processes do at a moment done before the next. */
async function pass(ms: number, afterEach: () => Promise<void> = async () => {}): Promise<void> {
  for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; ) {
    await clock.advance(STEP_MS);
    await afterEach();
  }
}

/** Lets time pass until it is so. */
async function passUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => {
    await clock.advance(100);
    return isSo();
  });
}
const untilReady = ({ adminUrl }: Running) => passUntil(async () => (await fetch(`${adminUrl}/readyz`)).status === 200);

interface StoredAuthority {
  readonly id: string;
  readonly certificatePem: string;
  readonly phase: { readonly kind: string };
}
function storedAuthorities(): readonly StoredAuthority[] {
  const { data } = harness.sandbox.kubernetes.cluster.get("secrets", PKI.namespace, PKI.name) as unknown as {
    data: Record<string, string>;
  };
  const json = Buffer.from(data["authorities.json"] ?? "", "base64").toString();
  return (JSON.parse(json) as { authorities: readonly StoredAuthority[] }).authorities;
}
const active = () => storedAuthorities().filter(({ phase }) => phase.kind === "active");

describe("a release that starts", () => {
  test("has its agents enrolled and its pods served, with no certificate made by anybody", async () => {
    const agent = await anAgent(await aServer());
    await untilReady(agent);
    const pod = harness.pod("shop-web");
    await until(async () => (await harness.ask(pod, agent)).status === 200);
    expect(harness.logLines.filter((line) => line.includes("issued a certificate"))).toEqual([
      expect.stringContaining(`"node":"${NODE}"`),
    ]);
  });

  test("has one authority where two servers start at once, and an agent of either is served by both", async () => {
    let servers: readonly RunningServer[] = [];
    void Promise.all([aServer(), aServer()]).then((started) => {
      servers = started;
    });
    await passUntil(() => servers.length === 2);
    const [one, other] = servers as [RunningServer, RunningServer];
    expect(active()).toHaveLength(1);
    const agent = await harness.agent({ brokerPort: other.brokerPort, enrollmentPort: one.enrollmentPort });
    await untilReady(agent);
  });

  test("has agents that wait for the bundle and say so", async () => {
    const release = harness.sandbox.kubernetes.faults.hang({ verb: "create", resource: "configmaps" });
    const server = await aServer();
    const agent = await anAgent(server);
    await until(async () =>
      (await (await fetch(`${agent.adminUrl}/readyz`)).text()).includes("the servers' authorities are not here yet"),
    );
    release();
    await until(async () => (readBundle() ?? "") !== "");
    await untilReady(agent);
  });
});

function readBundle(): string | undefined {
  try {
    return readFileSync(harness.sandbox.bundleFile, "utf8");
  } catch {
    return undefined;
  }
}

test("four authorities follow each other with the servers replaced all the while: no request fails, and every feed comes back", async () => {
  let server = await aServer();
  const { brokerPort, enrollmentPort } = server;
  const agent = await anAgent(server);
  await untilReady(agent);
  const pod = harness.pod("shop-web");
  await until(async () => (await harness.ask(pod, agent)).status === 200);

  const seen = new Set<string>();
  let [asked, steps] = [0, 0];
  await pass(800_000, async () => {
    expect((await harness.ask(pod, agent)).status).toBe(200);
    asked += 1;
    expect(active()).toHaveLength(1);
    for (const { id } of active()) seen.add(id);
    steps += 1;
    if (steps % 17 !== 0) return;
    // Every connection is made anew, with the material of this moment.
    await server.stop();
    server = await aServer([
      `--listen-address=127.0.0.1:${brokerPort}`,
      `--enrollment-address=127.0.0.1:${enrollmentPort}`,
    ]);
    await passUntil(async () => (await metric(server, "rolecall_server_node_feeds")) === 1 && (await isLive(agent)));
  });
  expect(asked).toBeGreaterThanOrEqual(300);
  expect(seen.size).toBeGreaterThanOrEqual(4);
  expect(await metric(agent, 'rolecall_agent_certificate_requests_total{outcome="issued"}')).toBeGreaterThan(20);
  // Both ends are on material of the present authority, and nothing older than it needs to be is trusted.
  const [signs] = active();
  expect(readBundle()).toContain(signs?.certificatePem.trim());
  expect(storedAuthorities().length).toBeLessThanOrEqual(3);
});

describe("recovery", () => {
  const cluster = () => harness.sandbox.kubernetes.cluster;

  test("a Secret that is deleted is written back by the server that knows it; nothing else changes", async () => {
    const server = await aServer();
    const agent = await anAgent(server);
    await untilReady(agent);
    const before = storedAuthorities();
    cluster().delete("secrets", PKI.namespace, PKI.name);
    await passUntil(() => cluster().list("secrets", PKI.namespace).length === 1);
    expect(storedAuthorities()).toEqual(before);
    expect(harness.logLines.join("")).toContain("wrote them back from memory");
    expect(await metric(server, 'rolecall_server_authority_changes_total{change="restored"}')).toBe(1);
    expect(await isLive(agent)).toBe(true);
  });

  test("a Secret that holds rubbish is written back likewise, and its content is not logged", async () => {
    await aServer();
    await pass(5_000);
    const before = storedAuthorities();
    cluster().patch("secrets", PKI.namespace, PKI.name, { data: { "authorities.json": "c2VjcmV0LXJ1YmJpc2g=" } });
    await passUntil(() => {
      try {
        return storedAuthorities().length === before.length;
      } catch {
        return false;
      }
    });
    expect(storedAuthorities()).toEqual(before);
    expect(harness.logLines.join("")).not.toContain("secret-rubbish");
  });

  test("with the Secret and every server lost at once, agents enroll under a new authority once they have its bundle", async () => {
    const first = await aServer();
    const agent = await anAgent(first);
    await untilReady(agent);
    const pod = harness.pod("shop-web");
    await until(async () => (await harness.ask(pod, agent)).status === 200);
    const [lost] = active();
    await first.stop();
    cluster().delete("secrets", PKI.namespace, PKI.name);
    const second = harness.server({
      managesCertificates: true,
      flags: [
        ...SHORT_LIVES,
        `--listen-address=127.0.0.1:${first.brokerPort}`,
        `--enrollment-address=127.0.0.1:${first.enrollmentPort}`,
      ],
    });
    let running: RunningServer | undefined;
    void second.then((server) => {
      running = server;
    });
    await until(async () => {
      await clock.advance(500);
      expect((await harness.ask(pod, agent)).status).toBe(200);
      return running !== undefined && (await isLive(agent));
    });
    expect(active().map(({ id }) => id)).not.toContain(lost?.id);
    expect(harness.logLines.join("")).toContain("no server knows them");
  });

  test("a ConfigMap that is deleted or edited is published anew, and agents keep what they had meanwhile", async () => {
    const agent = await anAgent(await aServer());
    await untilReady(agent);
    const before = readBundle();
    cluster().delete("configmaps", PKI.namespace, PKI.name);
    expect(readBundle()).toBeUndefined();
    await passUntil(() => readBundle() === before);
    cluster().patch("configmaps", PKI.namespace, PKI.name, { data: { "ca.crt": "rubbish" } });
    await passUntil(() => readBundle() === before);
    expect(await isLive(agent)).toBe(true);
  });

  test("an agent that starts while the Kubernetes API is away is enrolled and fed on its token's signature", async () => {
    const token = harness.sandbox.agentToken(NODE, { expiresAtMs: clock.nowMs() + 600_000 });
    const pod = harness.pod("shop-web");
    const server = await aServer();
    await passUntil(async () => (await metric(server, "rolecall_server_token_keys")) === 1);
    await passUntil(async () => readBundle() !== undefined);
    await harness.sandbox.kubernetes.refuseConnections();
    const agent = await harness.agent({ ...server, token });
    await untilReady(agent);
    await passUntil(async () => (await harness.ask(pod, agent)).status === 200);
    const issued = harness.logLines.filter((line) => line.includes("issued a certificate"));
    expect(issued.map((line) => JSON.parse(line))).toMatchObject([{ node: NODE, proof: "signature" }]);
  });

  test("a server without the rights says which, and what to change", async () => {
    harness.sandbox.kubernetes.access.deny({ verb: "update", resource: "secrets", namespace: PKI.namespace });
    const server = await aServer();
    const readyz = async () => (await fetch(`${server.adminUrl}/readyz`)).text();
    await until(async () => (await readyz()).includes("cannot update secrets in the namespace rolecall"));
    expect(await readyz()).toContain('add to the server\'s Role {apiGroups: [""], resources: ["secrets"]');
  });
});

describe("whoever asks for a certificate", () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await aServer();
    await until(async () => readBundle() !== undefined);
  });

  const csrOf = async (
    algorithm: { readonly name: string; readonly namedCurve: string },
    name = "CN=spiffe://rolecall/node/worker-9",
  ) => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({
      name,
      keys,
      signingAlgorithm: { ...algorithm, hash: "SHA-256" },
      extensions: [
        new x509.SubjectAlternativeNameExtension([{ type: "url", value: "spiffe://rolecall/node/worker-9" }]),
        new x509.BasicConstraintsExtension(true, 3, true),
      ],
    });
    return Buffer.from(request.rawData);
  };
  const P256 = { name: "ECDSA", namedCurve: "P-256" };

  const ask = (request: Uint8Array, token: string | undefined, ca = readBundle() ?? "") =>
    new Promise<{ code: number; reason?: string; certificate?: string }>((resolve) => {
      const trust = ChannelCredentials.createFromSecureContext(createSecureContext({ ca }));
      const client = new contract.Enrollment(`localhost:${server.enrollmentPort}`, trust, { "grpc.enable_retries": 0 });
      const metadata = new Metadata();
      if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
      client.issueCertificate({ certificateRequest: request }, metadata, (error, response) => {
        client.close();
        const reason = error?.metadata?.get("rolecall-reason")[0];
        resolve({
          code: error?.code ?? status.OK,
          ...(reason === undefined ? {} : { reason: String(reason) }),
          ...(response ? { certificate: response.certificate } : {}),
        });
      });
    });

  test("gets the name of its token's node, and nothing that it asked for", async () => {
    const { certificate = "" } = await ask(await csrOf(P256), harness.sandbox.agentToken(NODE));
    const parsed = new X509Certificate(certificate);
    expect(parsed.subjectAltName).toBe(`URI:spiffe://rolecall/node/${NODE}`);
    expect(parsed.ca).toBe(false);
    expect(parsed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(parsed.subject).toBe("CN=rolecall-agent");
  });

  test.each([
    ["without a token", async () => undefined, status.UNAUTHENTICATED, "token-missing"],
    ["with a token that is none", async () => "made-up", status.UNAUTHENTICATED, "token-refused"],
    [
      "with a pod's own token",
      async () =>
        harness.sandbox.kubernetes.tokens.issueForPod({
          namespace: "shop",
          serviceAccountName: "default",
          podName: "web",
          podUid: "u",
          nodeName: NODE,
          nodeUid: "n",
          audiences: ["rolecall-server"],
        }),
      status.UNAUTHENTICATED,
      "not-an-agent",
    ],
  ])("%s gets none, and the log says so", async (_who, token, code, reason) => {
    expect(await ask(await csrOf(P256), await token())).toEqual({ code, reason });
    const [line] = harness.logLines.filter((text) => text.includes("refused a peer"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ audit: "peer", call: "IssueCertificate", reason });
  });

  test.each([
    ["rubbish", async () => Buffer.from("rubbish")],
    ["nothing", async () => Buffer.alloc(0)],
    ["another curve", () => csrOf({ name: "ECDSA", namedCurve: "P-384" })],
    [
      "a request signed with another key",
      async () => {
        const [one, other] = await Promise.all([csrOf(P256), csrOf(P256)]);
        // The signature is the last of it; the lengths may differ by a few octets, which is as bad.
        return Buffer.concat([one.subarray(0, one.length - 70), other.subarray(other.length - 70)]);
      },
    ],
  ])("with %s as its request gets none", async (_what, request) => {
    expect(await ask(await request(), harness.sandbox.agentToken(NODE))).toEqual({
      code: status.INVALID_ARGUMENT,
      reason: "certificate-request-malformed",
    });
  });

  test("asks too often and is refused for a while, while another node is not", async () => {
    const request = await csrOf(P256);
    const token = harness.sandbox.agentToken(NODE);
    const answers = [];
    for (let count = 0; count < 11; count += 1) answers.push(await ask(request, token));
    expect(answers.slice(0, 10).map(({ code }) => code)).toEqual(Array(10).fill(status.OK));
    expect(answers[10]).toEqual({ code: status.RESOURCE_EXHAUSTED, reason: "too-many-certificates" });
    expect((await ask(request, harness.sandbox.agentToken("worker-2"))).code).toBe(status.OK);
    await pass(10_000);
    expect((await ask(request, token)).code).toBe(status.OK);
  });

  test("is shown a certificate that a bundle of another authority does not vouch for", async () => {
    const stranger = readFileSync(harness.sandbox.file("ca.crt"), "utf8");
    expect((await ask(await csrOf(P256), "x", stranger)).code).toBe(status.UNAVAILABLE);
  });

  test("never finds a private key in what is written down for nodes, nor in the log", async () => {
    const keys = harness.logLines.join("") + (readBundle() ?? "");
    expect(keys).not.toContain("PRIVATE KEY");
  });
});
