import { credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "@jest/globals";
import {
  type GetPodCredentialsRequest__Output,
  loadContract,
  sourceProtoDirectory,
  toTimestamp,
} from "@rolecall/proto";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { GrpcOtherServers } from "../src/adapters/broker/grpc-other-servers.ts";

const contract = loadContract(sourceProtoDirectory());
const EXPIRES_AT_MS = Date.parse("2026-01-01T01:00:00Z");
const POD = { uid: "app", namespace: "shop", name: "app" };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Reply = (error: object | null, response?: object) => void;
type Behaviour = "holds" | "holds-nothing" | "refuses" | "says-nothing";

/** Each server at an address of its own, on one port, and what was asked of it. */
async function servers(...behaviours: readonly Behaviour[]) {
  const asked: GetPodCredentialsRequest__Output[][] = [];
  let port = 0;
  for (const [index, behaviour] of behaviours.entries()) {
    const questions: GetPodCredentialsRequest__Output[] = [];
    asked.push(questions);
    const server = new Server();
    server.addService(contract.Broker.service, {
      GetPodCredentials({ request }: { request: GetPodCredentialsRequest__Output }, reply: Reply) {
        questions.push(request);
        const pod = { uid: request.podUid, granted: { assumptionKey: "app" } };
        const times = { expiration: toTimestamp(EXPIRES_AT_MS), received: toTimestamp(0) };
        if (behaviour === "holds") reply(null, { pod, assumption: { key: "app", credentials: times } });
        if (behaviour === "holds-nothing") reply(null, { pod });
        if (behaviour === "refuses") reply({ code: status.NOT_FOUND });
      },
    });
    port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.${index + 1}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    ends.push(() => server.forceShutdown());
  }
  const ask = (feeding?: number) => agent(() => feeding).heldFor(POD);
  const agent = (feeding: () => number | undefined) => {
    const others = new GrpcOtherServers({
      contract,
      serverAddress: { host: "servers", port },
      serverName: undefined,
      random: Math.random,
      interceptors: [],
      credentials: credentials.createInsecure(),
      readToken: async () => undefined,
      nodeName: "worker-1",
      clock: new FakeClock(),
      feedingPeer: () => {
        const index = feeding();
        return index === undefined ? undefined : `127.0.0.${index + 1}:${port}`;
      },
      lookup: async () => behaviours.map((_, index) => ({ address: `127.0.0.${index + 1}`, family: 4 })),
    });
    ends.push(() => others.rest());
    return others;
  };
  return { asked, ask, agent };
}

test("every server but the one that feeds the node is asked, for what it holds alone", async () => {
  const { asked, ask } = await servers("holds", "holds-nothing", "holds");
  const found = await ask(0);
  expect(asked.map(({ length }) => length)).toEqual([0, 1, 1]);
  expect(asked[1]).toMatchObject([{ nodeName: "worker-1", podUid: "app", heldOnly: true }]);
  const outcomes = found.flatMap(({ assumption }) => assumption?.outcome ?? []);
  expect(outcomes).toMatchObject([{ kind: "credentials", credentials: { expiresAtMs: EXPIRES_AT_MS } }]);
});

test("a server that fed the node before is asked once another does", async () => {
  const { asked, agent } = await servers("holds", "holds");
  let feeding = 0;
  const others = agent(() => feeding);
  await others.heldFor(POD);
  feeding = 1;
  await others.heldFor(POD);
  expect(asked.map(({ length }) => length)).toEqual([1, 1]);
});

test("a server that refuses and one that says nothing do not cost what another holds", async () => {
  const { ask } = await servers("refuses", "says-nothing", "holds");
  expect(await ask()).toHaveLength(1);
});

test("that none answered is an error", async () => {
  const { ask } = await servers("refuses", "refuses");
  await expect(ask(0)).rejects.toMatchObject({ name: "BrokerError", reason: "not-found" });
});

test("a lone address is asked though it feeds the node: others may be behind it", async () => {
  const { asked, ask } = await servers("holds");
  expect(await ask(0)).toHaveLength(1);
  expect(asked[0]).toHaveLength(1);
});
