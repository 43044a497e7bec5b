import { afterEach, expect, test } from "@jest/globals";
import { KEEPALIVE } from "@rolecall/common/net/keepalive";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { systemClock } from "@rolecall/common/time/clock";
import { clientCredentials } from "@rolecall/common/tls/grpc-credentials";
import { judgePeer, type PeerRole } from "@rolecall/common/tls/peer-role";
import { checkTlsPem } from "@rolecall/common/tls/tls-material";
import { CurrentTlsMaterial } from "@rolecall/common/tls/tls-material-source";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { createAuthority } from "@rolecall/sandbox/certs/authority";
import { TcpDoor } from "@rolecall/sandbox/tcp/tcp-door";
import { brokerServer } from "../src/adapters/grpc/broker-server.ts";
import { PeerAudit } from "../src/application/peer-audit.ts";

const contract = loadContract(sourceProtoDirectory());
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const judge = (role: PeerRole) => (facts: Parameters<typeof judgePeer>[0]) =>
  judgePeer(facts, role, { trustDomain: "rolecall", roleFrom: "name" });

async function tlsOf(role: PeerRole, authority: Awaited<ReturnType<typeof createAuthority>>) {
  const { certificatePem, keyPem } = await authority.issue(role === "server" ? { role: "server" } : { role: "agent" });
  const pem = { certificate: Buffer.from(certificatePem), key: Buffer.from(keyPem) };
  const checked = checkTlsPem({ ...pem, ca: Buffer.from(authority.certificatePem) }, Date.now());
  if (checked.kind === "unusable") throw new Error(JSON.stringify(checked.problems));
  return new CurrentTlsMaterial(checked.material);
}

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
