import { once } from "node:events";
import { createServer, type Server as TcpServer } from "node:net";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "@jest/globals";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { TcpDoor } from "@rolecall/sandbox/tcp/tcp-door";
import { GrpcBroker, type GrpcBrokerOptions } from "../src/adapters/broker/grpc-broker.ts";
import { BrokerError } from "../src/application/ports/broker.ts";

const contract = loadContract(sourceProtoDirectory());
const never = new AbortController().signal;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface FeedingServer {
  readonly port: number;
  /** Streams that were opened here, which the test may end. */
  readonly streams: { end(): void }[];
  die(): void;
}

/** A server that sends each agent an empty snapshot and nothing more. */
async function feedingServer(host = "127.0.0.1", port = 0): Promise<FeedingServer> {
  const server = new Server();
  const streams: { end(): void }[] = [];
  server.addService(contract.Broker.service, {
    WatchNode(call: { write(update: object): void; end(): void }) {
      streams.push(call);
      call.write({ generation: 1, snapshot: { serverVersion: "test" } });
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, number) =>
      error ? reject(error) : resolve(number),
    );
  });
  ends.push(() => server.forceShutdown());
  return { port: bound, streams, die: () => server.forceShutdown() };
}

function broker(port: number, options: Partial<GrpcBrokerOptions> = {}): GrpcBroker {
  const made = new GrpcBroker({
    contract,
    serverAddress: { host: "localhost", port },
    random: Math.random,
    interceptors: [],
    serverName: undefined,
    credentials: credentials.createInsecure(),
    readToken: async () => undefined,
    nodeName: "worker-1",
    agentVersion: "test",
    ...options,
  });
  ends.push(() => made.close());
  return made;
}

/** Follows until the first update; `ended` is how the stream comes to its end later. */
async function follow(of: GrpcBroker): Promise<{ ended: Promise<BrokerError | "ended"> }> {
  const first = Promise.withResolvers<void>();
  const ended = of
    .watchNode(new Map(), () => first.resolve(), never)
    .then(
      () => "ended" as const,
      (error: unknown) => error as BrokerError,
    );
  void ended.then((error) => error !== "ended" && first.reject(error));
  await first.promise;
  return { ended };
}

async function door(...targets: readonly number[]): Promise<TcpDoor> {
  const opened = await TcpDoor.open();
  ends.push(() => opened.stop());
  opened.leadTo(...targets);
  return opened;
}

describe("an agent notices", () => {
  test("a server that vanished without a word, by the pings that it does not answer", async () => {
    const { port } = await feedingServer();
    const way = await door(port);
    const { ended } = await follow(broker(way.port, { keepalive: { timeMs: 50, timeoutMs: 50 } }));
    way.silence();
    expect(await ended).toMatchObject({ name: "BrokerError", reason: "unavailable" });
  });

  test("a server whose connection is reset, at once", async () => {
    const { port } = await feedingServer();
    const way = await door(port);
    const { ended } = await follow(broker(way.port));
    way.reset();
    expect(await ended).toBeInstanceOf(BrokerError);
  });

  test("an address that takes connections and says nothing, and finds the server that replaced it", async () => {
    const hole: TcpServer = createServer((socket) => socket.on("error", () => {}));
    await once(hole.listen(0, "127.0.0.1"), "listening");
    ends.push(() => hole.close());
    const way = await door((hole.address() as { port: number }).port);
    const agent = broker(way.port, { openDeadlineMs: 50 });
    await expect(follow(agent)).rejects.toMatchObject({ reason: "open-timed-out" });
    const { port } = await feedingServer();
    way.leadTo(port);
    const patient = broker(way.port);
    await follow(patient);
    // The one that gave up as well: its old channel would still hold on to the address that says nothing.
    let found = false;
    while (!found)
      found = await follow(agent).then(
        () => true,
        () => false,
      );
  });
});

describe("with two servers", () => {
  /** Two addresses that share a port, as the pods of a Service do, and one name for both. */
  const two = async () => {
    const first = await feedingServer("127.0.0.1");
    const second = await feedingServer("127.0.0.2", first.port);
    const lookup = async () => ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    return { servers: [first, second] as const, make: () => broker(first.port, { lookup }) };
  };
  const streamsAt = (servers: readonly FeedingServer[]) => servers.map(({ streams }) => streams.length);

  test("agents spread over them", async () => {
    const { servers, make } = await two();
    await Promise.all(Array.from({ length: 20 }, () => follow(make())));
    expect(Math.min(...streamsAt(servers))).toBeGreaterThan(0);
  });

  test("an agent whose stream ends, as at its connection's age, goes on at any of them", async () => {
    const { servers, make } = await two();
    const agent = make();
    for (let stream = 0; stream < 20; stream += 1) {
      const { ended } = await follow(agent);
      for (const { streams } of servers) for (const open of streams) open.end();
      expect(await ended).toBe("ended");
    }
    expect(Math.min(...streamsAt(servers))).toBeGreaterThan(0);
  });

  test("an agent goes to the one that lives where the other is gone", async () => {
    const { servers, make } = await two();
    servers[0].die();
    await Promise.all(Array.from({ length: 10 }, () => follow(make())));
    expect(streamsAt(servers)).toEqual([0, 10]);
  });
});

test("a name that leads nowhere is said, and looked up again by the next call", async () => {
  let lookups = 0;
  const { port } = await feedingServer();
  const agent = broker(port, {
    lookup: async () => {
      lookups += 1;
      if (lookups === 1) throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
      return [{ address: "127.0.0.1", family: 4 }];
    },
  });
  await expect(follow(agent)).rejects.toMatchObject({
    reason: "name-not-resolved",
    message: expect.stringContaining("ENOTFOUND"),
  });
  await follow(agent);
});
