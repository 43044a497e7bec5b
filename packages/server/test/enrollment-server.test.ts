import { connect, createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { CurrentTlsMaterial } from "@rolecall/common/tls/tls-material-source";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { enrollmentServer } from "../src/adapters/grpc/enrollment-server.ts";

const options = (port: number) => ({
  address: { host: "127.0.0.1", port },
  tls: new CurrentTlsMaterial(),
  contract: loadContract(sourceProtoDirectory()),
  service: { IssueCertificate: () => {} },
});

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
