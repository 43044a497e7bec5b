import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import { type ChannelCredentials, credentials, Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { createAuthority } from "../../src/certs/authority.ts";
import type { RunningServer } from "../../src/system/processes.ts";
import { Harness, NODE, until } from "./harness.ts";

const contract = loadContract(sourceProtoDirectory());
let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

const pem = (name: string) => readFileSync(harness.sandbox.file(name));
const agentCredentials = () => credentials.createSsl(pem("ca.crt"), pem("agent.key"), pem("agent.crt"));

interface Outcome {
  readonly code: number;
  readonly reason: string | undefined;
}

/** What a call of `WatchNode` ends with; an update counts as OK. */
function watchNode(
  { brokerPort }: RunningServer,
  channel: ChannelCredentials,
  request: object,
  token: string | undefined = harness.sandbox.agentToken(NODE),
): Promise<Outcome> {
  const client = new contract.Broker(`localhost:${brokerPort}`, channel, { "grpc.enable_retries": 0 });
  const call = client.watchNode(request, bearing(token));
  return new Promise<Outcome>((resolve) => {
    call.on("data", () => resolve({ code: status.OK, reason: undefined }));
    call.on("error", (error: { code: number; metadata?: { get(name: string): unknown[] } }) =>
      resolve({ code: error.code, reason: error.metadata?.get("rolecall-reason")[0] as string | undefined }),
    );
  }).finally(() => {
    call.cancel();
    client.close();
  });
}

function bearing(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

const request = { nodeName: NODE, contractRevision: 1 };

describe("a server takes", () => {
  test("an agent whose certificate its authority signed", async () => {
    const server = await harness.server();
    await harness.untilReady(server);
    expect(await watchNode(server, agentCredentials(), request)).toEqual({ code: status.OK, reason: undefined });
  });

  test("no peer without a certificate", async () => {
    const server = await harness.server();
    const outcome = await watchNode(server, credentials.createSsl(pem("ca.crt")), request);
    expect(outcome.code).toBe(status.UNAVAILABLE);
  });

  test("no peer that another authority vouches for", async () => {
    const server = await harness.server();
    const stranger = await (await createAuthority()).issue({ role: "agent" });
    const channel = credentials.createSsl(
      pem("ca.crt"),
      Buffer.from(stranger.keyPem),
      Buffer.from(stranger.certificatePem),
    );
    expect((await watchNode(server, channel, request)).code).toBe(status.UNAVAILABLE);
  });

  test("no older protocol than TLS 1.3", async () => {
    const { brokerPort } = await harness.server();
    const socket = connectTls({
      port: brokerPort,
      host: "localhost",
      ca: pem("ca.crt"),
      key: pem("agent.key"),
      cert: pem("agent.crt"),
      maxVersion: "TLSv1.2",
    });
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toMatch(/protocol version/i);
  });

  test("no agent that needs a newer contract, and says so", async () => {
    const server = await harness.server();
    await harness.untilReady(server);
    expect(await watchNode(server, agentCredentials(), { ...request, contractRevision: 99 })).toEqual({
      code: status.FAILED_PRECONDITION,
      reason: "contract-unsupported",
    });
    expect(harness.logLines.join("")).toContain('"contractRevision":99,"reason":"contract-unsupported"');
  });

  test("no agent that names no node", async () => {
    const server = await harness.server();
    expect(await watchNode(server, agentCredentials(), { contractRevision: 1 })).toEqual({
      code: status.INVALID_ARGUMENT,
      reason: "node-name-missing",
    });
  });

  test("no agent before it has read the cluster, so that none loses its pods", async () => {
    harness.sandbox.kubernetes.faults.hang({ verb: "list", resource: "pods" });
    const server = await harness.server();
    expect(await watchNode(server, agentCredentials(), request)).toEqual({
      code: status.UNAVAILABLE,
      reason: "pods-not-listed",
    });
    expect(await (await fetch(`${server.adminUrl}/readyz`)).text()).toContain("pods: not listed yet");
  });
});

test("the standard health service says SERVING from when the cluster has been read", async () => {
  const released = harness.sandbox.kubernetes.faults.hang({ verb: "list", resource: "pods" });
  const server = await harness.server();
  const client = new contract.Health(`localhost:${server.brokerPort}`, agentCredentials());
  const seen: string[] = [];
  const watch = client.watch({ service: "" });
  watch.on("data", ({ status: now }: { status: string }) => seen.push(now));
  watch.on("error", () => {});
  await until(() => seen.length === 1);
  released();
  await until(() => seen.length === 2);
  expect(seen).toEqual(["NOT_SERVING", "SERVING"]);
  watch.cancel();
  client.close();
});

describe("an agent", () => {
  test("does not talk to a server whose certificate bears another name", async () => {
    const server = await harness.server();
    const agent = await harness.agent({ brokerPort: server.brokerPort, flags: ["--server-name=another.example"] });
    await until(() => harness.logLines.some((line) => line.includes("could not open the node feed")));
    expect(harness.logLines.join("")).toContain("another.example");
    const readyz = async () => (await fetch(`${agent.adminUrl}/readyz`)).text();
    await until(async () => (await readyz()).includes("chart value tls.serverName"));
    expect(harness.logLines.join("")).not.toContain("opened a node feed");
  });

  test("goes on past what only a newer agent understands, and says so", async () => {
    const { service } = contract.Broker;
    const newer = new Server();
    const asBytes = { ...service.WatchNode, responseSerialize: (bytes: Buffer) => bytes };
    newer.addService(
      { WatchNode: asBytes },
      {
        WatchNode(call: { write(bytes: Buffer): void }) {
          const snapshot = service.WatchNode.responseSerialize({ generation: 1, snapshot: {} });
          // Generation 2, and field 100 holding an empty message.
          call.write(snapshot);
          call.write(Buffer.from([0x08, 0x02, 0xa2, 0x06, 0x00]));
          call.write(service.WatchNode.responseSerialize({ generation: 3, podRemoved: { uid: "x" } }));
        },
      },
    );
    const ssl = ServerCredentials.createSsl(
      pem("ca.crt"),
      [{ private_key: pem("server.key"), cert_chain: pem("server.crt") }],
      true,
    );
    const brokerPort = await new Promise<number>((resolve, reject) => {
      newer.bindAsync("127.0.0.1:0", ssl, (error, port) => (error ? reject(error) : resolve(port)));
    });
    const agent = await harness.agent({ brokerPort });
    await until(async () => {
      const metrics = await (await fetch(`${agent.adminUrl}/metrics`)).text();
      return metrics.includes('rolecall_agent_feed_updates_total{kind="pod-removed"} 1');
    });
    expect(harness.logLines.join("")).toContain("skipped an update that only a newer agent understands");
    await agent.stop();
    newer.forceShutdown();
  });
});

describe("a process does not start, and names the flag, the file and the fix,", () => {
  const starting = (flags: readonly string[]) => harness.server({ flags });

  test("with a certificate that is not there", async () => {
    await expect(starting(["--tls-cert=/nowhere/tls.crt"])).rejects.toThrow(/^--tls-cert \/nowhere\/tls\.crt: ENOENT/);
  });

  test("with a key that is another's", async () => {
    await expect(starting([`--tls-key=${harness.sandbox.file("agent.key")}`])).rejects.toThrow(
      /^--tls-key .*agent\.key: is not the key of/,
    );
  });

  test("with a certificate that has expired", async () => {
    const expired = await (await createAuthority()).issue({ role: "server", expired: true });
    writeFileSync(harness.sandbox.file("old.crt"), expired.certificatePem);
    writeFileSync(harness.sandbox.file("old.key"), expired.keyPem);
    const flags = [`--tls-cert=${harness.sandbox.file("old.crt")}`, `--tls-key=${harness.sandbox.file("old.key")}`];
    await expect(starting(flags)).rejects.toThrow(/^--tls-cert .*old\.crt: the certificate expired at/);
  });

  test("with half a kubeconfig", async () => {
    writeFileSync(harness.sandbox.file("half"), "apiVersion: v1\nkind: Config\nclusters: [");
    await expect(starting([`--kubeconfig=${harness.sandbox.file("half")}`])).rejects.toThrow(/^--kubeconfig .*half: /);
  });
});

describe("a server that starts without", () => {
  test("the API server is not ready, says what it cannot reach, and is ready when it comes back", async () => {
    await harness.sandbox.kubernetes.refuseConnections();
    const server = await harness.server();
    const readyz = async () => (await fetch(`${server.adminUrl}/readyz`)).text();
    await until(async () => (await readyz()).includes("--kubeconfig"));
    expect(await readyz()).toMatch(/^pods: not listed yet$/m);
    await harness.sandbox.kubernetes.acceptConnections();
    await until(async () => !(await readyz()).includes("not listed yet"));
  });

  test("a right it needs is not ready, and names the right and the chart value", async () => {
    harness.sandbox.kubernetes.access.deny({ verb: "watch", resource: "namespaces" });
    const server = await harness.server();
    const readyz = async () => (await fetch(`${server.adminUrl}/readyz`)).text();
    await until(async () => (await readyz()).includes("rbac: cannot watch namespaces"));
    expect(await readyz()).toContain("rbac.create");
  });
});
