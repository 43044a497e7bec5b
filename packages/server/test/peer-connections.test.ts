import { connect as connectPlain } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { systemClock } from "@rolecall/common/time/clock";
import { clientCredentials } from "@rolecall/common/tls/grpc-credentials";
import { judgePeer, type PeerRole, type PeerRoleSource } from "@rolecall/common/tls/peer-role";
import { checkTlsPem, type TlsMaterial } from "@rolecall/common/tls/tls-material";
import { CurrentTlsMaterial } from "@rolecall/common/tls/tls-material-source";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import {
  type AgentLeaf,
  type Authority,
  createAuthority,
  type Issued,
  type ServerLeaf,
} from "@rolecall/sandbox/certs/authority";
import { brokerServer } from "../src/adapters/grpc/broker-server.ts";
import { PeerAudit } from "../src/application/peer-audit.ts";

const { Health } = loadContract(sourceProtoDirectory());
type HealthClient = InstanceType<typeof Health>;
type Audited = Record<string, unknown>;

const rules = (roleFrom: PeerRoleSource = "name") => ({ trustDomain: "rolecall", roleFrom });
const judge = (role: PeerRole) => (facts: Parameters<typeof judgePeer>[0]) => judgePeer(facts, role, rules());

function material({ certificatePem, keyPem }: Issued, trusted: string): TlsMaterial {
  const pem = { certificate: Buffer.from(certificatePem), key: Buffer.from(keyPem), ca: Buffer.from(trusted) };
  const checked = checkTlsPem(pem, Date.now());
  if (checked.kind === "unusable") throw new Error(JSON.stringify(checked.problems));
  return checked.material;
}

/** The server's edge alone, with a service that says it is there. */
class Edge {
  readonly audited: Audited[] = [];
  readonly counted: string[] = [];
  readonly tls: CurrentTlsMaterial;
  port = 0;
  rotateNow = () => {};
  readonly #stopping = new AbortController();
  #ended = Promise.resolve();

  constructor(initial: TlsMaterial | undefined) {
    this.tls = new CurrentTlsMaterial(initial);
  }

  async start(): Promise<this> {
    const listening = Promise.withResolvers<number>();
    this.#ended = brokerServer({
      address: { host: "127.0.0.1", port: 0 },
      tls: this.tls,
      judge: judge("agent"),
      audit: new PeerAudit({
        clock: systemClock,
        recorder: { peerConnected: (outcome) => this.counted.push(outcome), peerCalled: () => {} },
        log: createLogger("server", "info", (line) => this.audited.push(JSON.parse(line) as Audited)),
      }),
      services: () => [
        [
          Health.service,
          {
            Check: (_call: unknown, reply: (error: null, answer: object) => void) => reply(null, { status: "SERVING" }),
            Watch: () => {},
          },
        ],
      ],
      maxConnectionAgeMs: 60_000,
      onRotateNow: (listener) => {
        this.rotateNow = listener;
        return () => {};
      },
      onListening: listening.resolve,
    })(this.#stopping.signal);
    this.port = await listening.promise;
    return this;
  }

  /** The first line that is written from now on, or that has been written already. */
  async line(): Promise<Audited | undefined> {
    while (this.audited.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.audited.shift();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }
}

let authority: Authority;
let edge: Edge;
const issued = (leaf: ServerLeaf | AgentLeaf, by = authority) => by.issue(leaf);

beforeEach(async () => {
  authority = await createAuthority();
  edge = await new Edge(material(await issued({ role: "server" }), authority.certificatePem)).start();
});
afterEach(() => edge.stop());

const check = (client: HealthClient): Promise<string> =>
  new Promise((resolve) => {
    const done = (error: ServiceError | null) => resolve(error ? error.details : "OK");
    client.check({}, new Metadata(), { deadline: Date.now() + 5_000 }, done);
  });

/** What a bare TLS client gets of the server: bytes of HTTP/2, or nothing. */
const shake = (options: object): Promise<"heard" | "cut off"> =>
  new Promise((resolve) => {
    const socket: TLSSocket = connect({
      port: edge.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      ...options,
    });
    socket.once("data", () => {
      resolve("heard");
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve("cut off"));
  });

describe("a peer is met by TLS 1.3 with an agent's certificate of our authority alone:", () => {
  const shown = ({ certificatePem: cert, keyPem: key }: Issued) => ({ cert, key });

  test("an agent", async () => {
    expect(await shake(shown(await issued({ role: "agent" })))).toBe("heard");
    expect(edge.counted).toEqual(["accepted"]);
    expect(edge.audited).toEqual([]);
  });

  test.each<[string, () => Promise<object>, unknown]>([
    ["one without a certificate", async () => ({}), "certificate-missing"],
    ["a server", async () => shown(await issued({ role: "server" })), "certificate-of-another-role"],
    [
      "an agent whose certificate has expired",
      async () => shown(await issued({ role: "agent", expired: true })),
      "certificate-expired",
    ],
    [
      "an agent of another authority",
      async () => shown(await issued({ role: "agent" }, await createAuthority())),
      "certificate-not-trusted",
    ],
    [
      "one that signed its own",
      async () => {
        const { certificatePem, keyPem } = await createAuthority({ commonName: "self-signed" });
        return shown({ certificatePem, keyPem });
      },
      expect.stringMatching(/^certificate-(not-trusted|of-another-role)$/),
    ],
    [
      "an agent of another trust domain that shares the authority",
      async () => shown(await issued({ role: "agent", trustDomain: "other" })),
      "certificate-of-another-trust-domain",
    ],
    [
      "an agent by TLS 1.2",
      async () => ({ ...shown(await issued({ role: "agent" })), maxVersion: "TLSv1.2" }),
      "tls-version",
    ],
    [
      "one that speaks HTTP/1.1",
      async () => ({ ...shown(await issued({ role: "agent" })), ALPNProtocols: ["http/1.1"] }),
      "not-grpc",
    ],
  ])("not %s", async (_who, options, reason) => {
    expect(await shake(await options())).toBe("cut off");
    expect(await edge.line()).toMatchObject({
      level: "info",
      audit: "peer",
      outcome: "refused",
      reason,
      msg: "refused a peer",
    });
    expect(edge.counted).toEqual([reason]);
  });

  test("not one that speaks no TLS at all", async () => {
    const socket = connectPlain(edge.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve).on("error", () => {}));
    expect(await edge.line()).toMatchObject({ outcome: "refused", reason: "not-tls" });
  });

  test("not one that leaves in the middle", async () => {
    const socket = connectPlain(edge.port, "127.0.0.1", () => socket.resetAndDestroy());
    expect(await edge.line()).toMatchObject({
      outcome: "refused",
      reason: "handshake-broken-off",
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
  });

  test("and each refusal names the peer's address and, where it was of an authority of ours, its certificate", async () => {
    await shake(shown(await issued({ role: "agent", trustDomain: "other" })));
    expect(await edge.line()).toMatchObject({
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      certificate: expect.stringMatching(/^[0-9A-F]{32}$/),
      detail: expect.stringContaining("spiffe://other/agent"),
    });
  });
});

test("a peer that was refused 30 times is not heard for a while", async () => {
  for (let attempt = 0; attempt < 60; attempt += 1) await shake({});
  const { certificatePem: cert, keyPem: key } = await issued({ role: "agent" });
  expect(await shake({ cert, key })).toBe("cut off");
  expect(edge.counted.filter((outcome) => outcome === "accepted")).toEqual([]);
});

describe("new material", () => {
  const speaksOlder = async () => {
    const { certificatePem: cert, keyPem: key } = await issued({ role: "agent" });
    return shake({ cert, key, maxVersion: "TLSv1.2" });
  };

  test("goes over to another authority without a restart: old, both, new, and the old is refused at the end", async () => {
    const young = await createAuthority();
    const both = authority.certificatePem + young.certificatePem;
    const ofAgent = new CurrentTlsMaterial(material(await issued({ role: "agent" }), authority.certificatePem));
    const client = new Health(`dns:localhost:${edge.port}`, clientCredentials(ofAgent, judge("server")));
    const give = async (whom: CurrentTlsMaterial, role: PeerRole, by: Authority, trusted: string) => {
      whom.set(material(await issued({ role }, by), trusted));
      // The connection that is open stays; the next one is made with what is current.
      edge.rotateNow();
    };
    expect(await check(client)).toBe("OK");
    for (const [whom, role, by, trusted] of [
      [edge.tls, "server", authority, both],
      [ofAgent, "agent", authority, both],
      [edge.tls, "server", young, both],
      [ofAgent, "agent", young, both],
      [edge.tls, "server", young, young.certificatePem],
      [ofAgent, "agent", young, young.certificatePem],
    ] as const) {
      await give(whom, role, by, trusted);
      expect(await check(client)).toBe("OK");
    }
    expect(edge.counted.filter((outcome) => outcome === "accepted")).toHaveLength(7);
    await give(ofAgent, "agent", authority, both);
    expect(await check(client)).not.toBe("OK");
    client.close();
  });

  test("leaves TLS 1.3 the only version", async () => {
    expect(await speaksOlder()).toBe("cut off");
    edge.tls.set(material(await issued({ role: "server" }), authority.certificatePem));
    expect(await speaksOlder()).toBe("cut off");
    expect(edge.counted).toEqual(["tls-version", "tls-version"]);
  });

  test("opens a server that had none", async () => {
    await edge.stop();
    edge = await new Edge(undefined).start();
    const { certificatePem: cert, keyPem: key } = await issued({ role: "agent" });
    expect(await shake({ cert, key })).toBe("cut off");
    edge.tls.set(material(await issued({ role: "server" }), authority.certificatePem));
    expect(await shake({ cert, key })).toBe("heard");
  });
});

describe("an agent gives its token to a server alone:", () => {
  test.each<[string, () => Promise<Issued>, string]>([
    ["not to an agent", () => issued({ role: "agent", names: ["localhost"] }), "unsuitable certificate purpose"],
    [
      "not to a server of another trust domain",
      () => issued({ role: "server", trustDomain: "other" }),
      "certificate-of-another-trust-domain",
    ],
    [
      "not to a server of another name",
      () => issued({ role: "server", names: ["elsewhere"], localhost: false }),
      "does not match certificate's altnames",
    ],
  ])("%s", async (_whom, leaf, problem) => {
    edge.tls.set(material(await leaf(), authority.certificatePem));
    const own = new CurrentTlsMaterial(material(await issued({ role: "agent" }), authority.certificatePem));
    const client = new Health(`dns:localhost:${edge.port}`, clientCredentials(own, judge("server")));
    expect(await check(client)).toContain(problem);
    client.close();
  });
});
