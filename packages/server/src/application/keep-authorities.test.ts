import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { Killed, SharedPki } from "../../test/support/fake-pki.ts";
import { activeAuthority, bundleOf } from "../domain/pki/authority.ts";
import type { PkiSettings } from "../domain/pki/pki-settings.ts";

const SETTINGS: PkiSettings = { authorityLifeMs: 300_000, leafLifeMs: 60_000, spreadMs: 20_000 };
const signal = new AbortController().signal;

let clock: FakeClock;
let pki: SharedPki;
beforeEach(() => {
  clock = new FakeClock();
  pki = new SharedPki();
});

const aServer = (name = "a") => pki.server(name, clock, SETTINGS).keeper;
const activeIds = () => pki.state.authorities.filter(({ phase }) => phase.kind === "active").map(({ id }) => id);

describe("a release that starts", () => {
  test("makes one authority, publishes it, and signs with it", async () => {
    const server = aServer();
    await server.look(signal);
    expect(pki.events).toEqual(["first-made", "bundle-published"]);
    expect(pki.bundle.value).toBe("certificate ca-1\n");
    expect(server.signer()?.id).toBe("ca-1");
  });

  test("makes one authority where two servers begin at the same moment, and both sign with that one", async () => {
    const [one, other] = [aServer("a"), aServer("b")];
    await Promise.all([one.look(signal), other.look(signal)]);
    await Promise.all([one.look(signal), other.look(signal)]);
    expect(pki.written[0]?.authorities).toHaveLength(1);
    expect(activeIds()).toHaveLength(1);
    expect([one.signer()?.id, other.signer()?.id]).toEqual([activeIds()[0], activeIds()[0]]);
  });

  test("a server that does not lead waits for the one that does", async () => {
    pki.leader = "b";
    const server = aServer("a");
    await server.look(signal);
    expect(pki.authorities.value).toBeUndefined();
    await aServer("b").look(signal);
    await server.look(signal);
    expect(server.signer()?.id).toBe("ca-1");
  });
});

test("what was read too long ago is trusted and not signed with", async () => {
  const server = aServer();
  await server.look(signal);
  await clock.advance(10_000);
  expect(server.signer()?.id).toBe("ca-1");
  await clock.advance(1);
  expect(server.signer()).toBeUndefined();
  expect(server.state?.authorities).toHaveLength(1);
});

describe("recovery", () => {
  test("a Secret that is deleted is written back by whoever still knows it, leader or not, and nothing changes", async () => {
    pki.leader = "a";
    const [leader, other] = [aServer("a"), aServer("b")];
    await leader.look(signal);
    await other.look(signal);
    const before = pki.state;
    pki.authorities.remove();
    await other.look(signal);
    expect(pki.state).toEqual(before);
    expect(pki.events.at(-1)).toBe("restored");
  });

  test("a Secret that is corrupted is written back likewise", async () => {
    const server = aServer();
    await server.look(signal);
    const before = pki.state;
    pki.authorities.write("unreadable", String(pki.authorities.version));
    await server.look(signal);
    expect(pki.state).toEqual(before);
  });

  test("where nobody knows the authorities any more a new one is made, after a time for one that might", async () => {
    await aServer("a").look(signal);
    pki.authorities.remove();
    const fresh = aServer("c");
    for (let looks = 0; looks < 3; looks += 1) await fresh.look(signal);
    expect(pki.authorities.value).toBeUndefined();
    await fresh.look(signal);
    expect(activeIds()).toEqual(["ca-2"]);
    expect(pki.bundle.value).toBe("certificate ca-2\n");
  });

  test("a ConfigMap that is deleted or edited is published anew", async () => {
    const server = aServer();
    await server.look(signal);
    pki.bundle.remove();
    await server.look(signal);
    expect(pki.bundle.value).toBe("certificate ca-1\n");
    pki.bundle.write("a stranger's certificate", String(pki.bundle.version));
    await server.look(signal);
    expect(pki.bundle.value).toBe("certificate ca-1\n");
  });

  test("a look that fails says why until something is known, and is tried again", async () => {
    const stop = new AbortController();
    const { keeper, problems } = pki.server("a", clock, SETTINGS, { call: 0, after: false });
    const running = keeper.run(stop.signal);
    await clock.whenWaiting();
    expect(problems).toEqual(["killed"]);
    stop.abort();
    await running;
    const { keeper: other, problems: none } = pki.server("b", clock, SETTINGS);
    await other.look(signal);
    expect(none).toEqual([undefined]);
  });
});

describe("with the leader killed at every step of three rotations", () => {
  const LOOK_MS = 2_500;
  const LIFE_MS = 700_000;

  /** Two servers live through it, the first killed at one of its calls, the second goes on alone. */
  async function live(
    kill: { readonly call: number; readonly after: boolean } | undefined,
  ): Promise<readonly number[]> {
    const first = pki.server("a", clock, SETTINGS, kill);
    const second = pki.server("b", clock, SETTINGS);
    pki.leader = "a";
    for (const endMs = clock.nowMs() + LIFE_MS; clock.nowMs() < endMs; await clock.advance(LOOK_MS)) {
      await first.keeper.look(signal).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        pki.leader = "b";
      });
      await second.keeper.look(signal);
      if (!pki.authorities.value) continue;
      expect(activeIds()).toHaveLength(1);
      // Whoever signs is trusted by each server and, once it has had its time, by each node.
      const signers = [first.keeper.signer(), second.keeper.signer()].flatMap((signer) => signer ?? []);
      for (const { id } of signers) expect(pki.state.authorities.map((authority) => authority.id)).toContain(id);
    }
    return first.writes;
  }

  /** Counted by what was written: who is killed says nothing of it. */
  const rotations = () => new Set(pki.written.flatMap((state) => activeAuthority(state)?.id ?? [])).size - 1;

  test("there is never more than one active authority, and the rotations go on", async () => {
    const writes = await live(undefined);
    expect(rotations()).toBeGreaterThanOrEqual(3);
    // Before, at and after everything it ever writes: what it reads and makes lies between.
    const steps = new Set(writes.flatMap((call) => [call - 2, call - 1, call, call + 1].filter((step) => step >= 0)));
    expect(steps.size).toBeGreaterThanOrEqual(40);
    for (const call of steps) {
      for (const after of [false, true]) {
        clock = new FakeClock();
        pki = new SharedPki();
        await live({ call, after });
        expect(rotations()).toBeGreaterThanOrEqual(3);
        expect(pki.events).not.toContain("replaced");
        expect(pki.events).not.toContain("promoted");
        expect(pki.bundle.value).toBe(bundleOf(pki.state));
        expect(activeAuthority(pki.state)?.notAfterMs).toBeGreaterThan(clock.nowMs());
      }
    }
  }, 60_000);
});
