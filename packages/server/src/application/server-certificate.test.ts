import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { SharedPki } from "../../test/support/fake-pki.ts";
import type { PkiSettings } from "../domain/pki/pki-settings.ts";
import { ServerCertificate, type ServerMaterial } from "./server-certificate.ts";

const SETTINGS: PkiSettings = { authorityLifeMs: 300_000, leafLifeMs: 60_000, spreadMs: 20_000 };
const LOOK_MS = 2_500;
const signal = new AbortController().signal;

let clock: FakeClock;
let pki: SharedPki;
let keeper: ReturnType<SharedPki["server"]>["keeper"];
let given: ServerMaterial[];
let stopping: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  clock = new FakeClock();
  pki = new SharedPki();
  const server = pki.server("a", clock, SETTINGS);
  keeper = server.keeper;
  given = [];
  stopping = new AbortController();
  const certificate = new ServerCertificate(
    {
      authorities: keeper,
      maker: server.maker,
      settings: SETTINGS,
      clock,
      random: () => 0.5,
      log: createLogger("test", "error", () => {}),
    },
    (material) => given.push(material),
  );
  running = certificate.run(stopping.signal);
  await clock.advance(0);
});
afterEach(async () => {
  stopping.abort();
  await running;
});

/** Lets time pass with the authorities looked at as the server does. */
async function pass(ms: number): Promise<void> {
  for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; ) {
    await keeper.look(signal);
    await clock.advance(LOOK_MS);
  }
}

const certificates = () => [...new Set(given.map(({ notAfterMs }) => notAfterMs))];

describe("a server's certificate", () => {
  test("is made as soon as there is an authority, without waiting for time to pass", async () => {
    expect(given).toEqual([]);
    await keeper.look(signal);
    await clock.advance(0);
    expect(given).toMatchObject([{ certificatePem: "server by ca-1", bundlePem: "certificate ca-1\n" }]);
  });

  test("is made anew at half of its life", async () => {
    await pass(27_500);
    expect(certificates()).toHaveLength(1);
    await pass(5_000);
    expect(certificates()).toHaveLength(2);
  });

  test("stays while only the bundle changes, which is taken at once", async () => {
    await pass(200_000);
    const before = certificates().length;
    const [last] = given.slice(-1);
    await keeper.look(signal);
    await clock.advance(0);
    expect(pki.state.authorities).toHaveLength(2);
    expect(given.at(-1)?.bundlePem).toBe("certificate ca-1\ncertificate ca-2\n");
    expect(certificates().length - before).toBeLessThanOrEqual(1);
    expect(last?.certificatePem).toBe("server by ca-1");
  });

  test("is made anew at once when nobody trusts its authority any more", async () => {
    await pass(5_000);
    pki.authorities.remove();
    pki.bundle.remove();
    const other = pki.server("b", clock, SETTINGS).keeper;
    await other.look(signal);
    await keeper.look(signal);
    await clock.advance(0);
    expect(given.at(-1)).toMatchObject({ certificatePem: "server by ca-2", bundlePem: "certificate ca-2\n" });
  });

  test("is not signed by an authority that was read too long ago", async () => {
    await pass(5_000);
    await clock.advance(50_000);
    expect(certificates()).toHaveLength(1);
    await keeper.look(signal);
    await clock.advance(LOOK_MS);
    expect(certificates()).toHaveLength(2);
  });
});
