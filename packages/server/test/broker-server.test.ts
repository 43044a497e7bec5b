import { afterEach, expect, test } from "@jest/globals";
import { KEEPALIVE } from "@rolecall/common/net/keepalive";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { systemClock } from "@rolecall/common/time/clock";
import { clientCredentials } from "@rolecall/common/tls/grpc-credentials";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { createAuthority } from "@rolecall/sandbox/certs/authority";
import { TcpDoor } from "@rolecall/sandbox/tcp/tcp-door";
import { brokerServer } from "../src/adapters/grpc/broker-server.ts";
import { PeerAudit } from "../src/application/peer-audit.ts";
import { judge, tlsOf } from "./support/peer-tls.ts";

const contract = loadContract(sourceProtoDirectory());
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("a peer that vanished is noticed within ten seconds", () => {
  expect(KEEPALIVE.timeMs + KEEPALIVE.timeoutMs).toBeLessThanOrEqual(10_000);
});

test("the stream of an agent that vanished without a word is ended, by the pings that it does not answer", async () => {
  const authority = await createAuthority();
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<number>();
  const stop = new AbortController();
  const running = brokerServer({
    address: { host: "127.0.0.1", port: 0 },
    tls: await tlsOf("server", authority),
    judge: judge("agent"),
    audit: new PeerAudit({
      clock: systemClock,
      recorder: { peerConnected: () => {}, peerCalled: () => {} },
      log: createLogger("server", "error", () => {}),
    }),
    services: () => [
      [
        contract.Broker.service,
        {
          WatchNode(call: { write(update: object): void; once(event: string, listener: () => void): void }) {
            call.once("close", closed.resolve);
            call.write({ generation: 1, snapshot: {} });
            opened.resolve();
          },
        },
      ],
    ],
    maxConnectionAgeMs: 3_600_000,
    onRotateNow: () => () => {},
    keepalive: { timeMs: 50, timeoutMs: 50 },
    onListening: listening.resolve,
  })(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  const door = await TcpDoor.open();
  ends.push(() => door.stop());
  door.leadTo(await listening.promise);
  const credentials = clientCredentials(await tlsOf("agent", authority), judge("server"));
  const client = new contract.Broker(`localhost:${door.port}`, credentials);
  ends.push(() => client.close());
  client.watchNode({ nodeName: "worker-1" }).on("error", () => {});
  await opened.promise;
  door.silence();
  await closed.promise;
});
