import { connect, createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import { credentials, type sendUnaryData } from "@grpc/grpc-js";
import { afterEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { systemClock } from "@rolecall/common/time/clock";
import { CurrentTlsMaterial, type TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import { type IssueCertificateResponse, loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { type Authority, createAuthority } from "@rolecall/sandbox/certs/authority";
import { enrollmentServer } from "../src/adapters/grpc/enrollment-server.ts";
import { PeerAudit } from "../src/application/peer-audit.ts";
import { tlsOf } from "./support/peer-tls.ts";

const contract = loadContract(sourceProtoDirectory());
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Issue = (call: unknown, reply: sendUnaryData<IssueCertificateResponse>) => void;

const options = (port: number, tls: TlsMaterialSource = new CurrentTlsMaterial(), issue: Issue = () => {}) => ({
  address: { host: "127.0.0.1", port },
  tls,
  contract,
  service: { IssueCertificate: issue },
  audit: new PeerAudit({
    clock: systemClock,
    recorder: { peerConnected: () => {}, peerCalled: () => {} },
    log: createLogger("server", "error", () => {}),
  }),
});

/** Enrollment as it is served, and what is said of those that it met. */
async function started(tls: TlsMaterialSource, issue?: Issue) {
  const refused: string[] = [];
  const listening = Promise.withResolvers<number>();
  const stopping = new AbortController();
  const running = enrollmentServer({
    ...options(0, tls, issue),
    audit: new PeerAudit({
      clock: systemClock,
      recorder: { peerConnected: (outcome) => refused.push(outcome), peerCalled: () => {} },
      log: createLogger("server", "error", () => {}),
    }),
    onListening: listening.resolve,
  })(stopping.signal);
  const stop = () => {
    stopping.abort();
    return running;
  };
  ends.push(stop);
  return { port: await listening.promise, refused, stop };
}

function ask(port: number, authority: Authority): Promise<string> {
  const client = new contract.Enrollment(
    `localhost:${port}`,
    credentials.createSsl(Buffer.from(authority.certificatePem)),
  );
  ends.push(() => client.close());
  return new Promise((resolve) => {
    client.issueCertificate({}, (error, answer) => resolve(error ? error.details : (answer?.certificate ?? "")));
  });
}

const issue: Issue = (_call, reply) => reply(null, { certificate: "issued" });

test("enrollment listens where it is told to, whether or not anybody waits to hear of it", async () => {
  const port = await aFreePort();
  const stop = new AbortController();
  const running = enrollmentServer(options(port))(stop.signal);
  while (!(await isOpen(port)));
  stop.abort();
  await running;
  expect(await isOpen(port)).toBe(false);
});

test("a port that is taken is named with its flag", async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port)),
  );
  const running = enrollmentServer(options(port))(new AbortController().signal);
  await expect(running).rejects.toThrow(`--enrollment-address 127.0.0.1:${port}: cannot listen there`);
  taken.close();
});

test("whoever asks shows no certificate, and is shown the server's of this moment", async () => {
  const [old, young] = [await createAuthority(), await createAuthority()];
  const tls = await tlsOf("server", old);
  const { port } = await started(tls, issue);
  expect(await ask(port, old)).toBe("issued");
  const renewed = (await tlsOf("server", young)).current;
  if (renewed) tls.set(renewed);
  expect(await ask(port, young)).toBe("issued");
});

test("one that speaks an older TLS is refused, and that is audited", async () => {
  const { port, refused } = await started(await tlsOf("server", await createAuthority()));
  await new Promise((resolve) => {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion: "TLSv1.2" });
    socket.on("error", () => {});
    socket.once("close", resolve);
  });
  expect(refused).toEqual(["tls-version"]);
});

test("an agent that asked before the server stops is answered", async () => {
  const authority = await createAuthority();
  const asked = Promise.withResolvers<() => void>();
  const { port, stop } = await started(await tlsOf("server", authority), (call, reply) =>
    asked.resolve(() => issue(call, reply)),
  );
  const order: string[] = [];
  const answered = ask(port, authority).then((answer) => order.push(answer));
  const answer = await asked.promise;
  const stopped = stop().then(() => order.push("stopped"));
  answer();
  await Promise.all([answered, stopped]);
  expect(order).toEqual(["issued", "stopped"]);
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.destroy());
    socket.on("error", () => resolve(false));
    socket.on("close", (hadError) => !hadError && resolve(true));
  });
}

async function aFreePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    }),
  );
}
