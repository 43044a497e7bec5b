import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { Counter, Registry } from "prom-client";
import { StartupError } from "../src/errors/startup-error.ts";
import { Readiness } from "../src/health/readiness.ts";
import { opsServer } from "../src/telemetry/ops-server.ts";

const readiness = new Readiness();
const registry = new Registry();
new Counter({ name: "things_total", help: "things", registers: [registry] }).inc(3);

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the admin port answers metrics, health and readiness, whether or not anybody waits to hear that it listens", async () => {
  const stop = new AbortController();
  const port = await freePort();
  const running = opsServer({ address: { host: "127.0.0.1", port }, registry, readiness })(stop.signal);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  expect(await get("/healthz")).toEqual([200, "ok\n"]);
  expect((await get("/metrics"))[1]).toContain("things_total 3");
  readiness.expect("pods", "not listed yet");
  expect(await get("/readyz")).toEqual([503, "pods: not listed yet\n"]);
  readiness.report("pods", undefined);
  expect(await get("/readyz")).toEqual([200, "ready\n"]);
  expect((await get("/secrets"))[0]).toBe(404);
  stop.abort();
  await running;
});

test("an address that is taken is a start-up error that names the flag", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  try {
    const running = opsServer({ address: { host: "127.0.0.1", port }, registry, readiness })(
      new AbortController().signal,
    );
    await expect(running).rejects.toThrow(StartupError);
    await expect(running).rejects.toThrow(`--admin-address 127.0.0.1:${port}: cannot listen there`);
  } finally {
    taken.close();
  }
});
