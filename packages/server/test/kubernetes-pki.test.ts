import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { AuthoritySecret } from "../src/adapters/kubernetes/authority-secret.ts";
import { BundleConfigMap } from "../src/adapters/kubernetes/bundle-config-map.ts";
import { LeaseLeadership } from "../src/adapters/kubernetes/lease-leadership.ts";
import { X509Certificates } from "../src/adapters/pki/x509-certificates.ts";
import type { AuthorityState } from "../src/domain/pki/authority.ts";
import { withNew } from "../src/domain/pki/authority-cycle.ts";
import { aKubernetes, type StartedKubernetes } from "./support/a-kubernetes.ts";

const NAME = { namespace: "default", name: "rolecall-pki" };
const signal = new AbortController().signal;

let started: StartedKubernetes;
let clock: FakeClock;
beforeEach(async () => {
  started = await aKubernetes();
  clock = new FakeClock();
});
afterEach(() => started.stop());

async function aState(): Promise<AuthorityState> {
  const nowMs = clock.nowMs();
  const times = { createdAtMs: nowMs, notAfterMs: nowMs + 1_000_000 };
  const maker = new X509Certificates({ trustDomain: "rolecall", serverNames: [] });
  const made = await maker.authority({ notBeforeMs: nowMs, notAfterMs: times.notAfterMs });
  return withNew({ generation: 0, authorities: [] }, { ...made, ...times }, "active", nowMs);
}

describe("the Secret of the authorities", () => {
  test("gives back what was written", async () => {
    const store = new AuthoritySecret(started.api, NAME);
    expect(await store.read(signal)).toEqual({ kind: "missing" });
    const state = await aState();
    expect(await store.write(state, undefined, signal)).toBe(true);
    expect(await store.read(signal)).toMatchObject({ kind: "found", state });
  });

  test("is made once, and never overwritten by who has not read it", async () => {
    const store = new AuthoritySecret(started.api, NAME);
    const state = await aState();
    const races = await Promise.all([1, 2, 3].map(() => store.write(state, undefined, signal)));
    expect(races.filter(Boolean)).toHaveLength(1);
    const read = await store.read(signal);
    if (read.kind !== "found") throw new Error(read.kind);
    expect(await store.write({ ...state, generation: 2 }, read.version, signal)).toBe(true);
    expect(await store.write({ ...state, generation: 3 }, read.version, signal)).toBe(false);
    expect(await store.read(signal)).toMatchObject({ state: { generation: 2 } });
  });

  test("a write over one that has gone changes nothing", async () => {
    expect(await new AuthoritySecret(started.api, NAME).write(await aState(), "1", signal)).toBe(false);
  });

  test.each([
    ["no JSON", "nonsense"],
    ["holds no authorities", JSON.stringify({ generation: 1, authorities: [] })],
    ["cannot be used", JSON.stringify({ generation: 1, authorities: [{ id: "a" }] })],
  ])("that somebody edited is told as what it is: %s", async (problem, content) => {
    started.kubernetes.cluster.create("secrets", NAME.namespace, {
      metadata: { name: NAME.name },
      data: { "authorities.json": Buffer.from(content).toString("base64") },
    });
    expect(await new AuthoritySecret(started.api, NAME).read(signal)).toMatchObject({
      kind: "unreadable",
      problem: expect.stringContaining(problem),
    });
  });

  test("with a key that is another authority's cannot be used", async () => {
    const [one, other] = await Promise.all([aState(), aState()]);
    const authorities = one.authorities.map((authority) => ({ ...authority, keyPem: other.authorities[0]?.keyPem }));
    started.kubernetes.cluster.create("secrets", NAME.namespace, {
      metadata: { name: NAME.name },
      data: { "authorities.json": Buffer.from(JSON.stringify({ ...one, authorities })).toString("base64") },
    });
    expect(await new AuthoritySecret(started.api, NAME).read(signal)).toMatchObject({ kind: "unreadable" });
  });
});

test("the ConfigMap of the bundle gives back what was written, and an edited one is empty or as edited", async () => {
  const store = new BundleConfigMap(started.api, NAME);
  expect(await store.read(signal)).toBeUndefined();
  await store.write("pem", undefined, signal);
  expect(await store.read(signal)).toMatchObject({ pem: "pem" });
  started.kubernetes.cluster.patch("configmaps", NAME.namespace, NAME.name, { data: { "ca.crt": null } });
  expect(await store.read(signal)).toMatchObject({ pem: "" });
});

describe("the Lease", () => {
  const aServer = (identity: string) =>
    new LeaseLeadership({ api: started.api, name: NAME, identity, lookEveryMs: 5_000, clock });

  test("is the first's for as long as it renews it", async () => {
    const [one, other] = [aServer("one"), aServer("other")];
    expect(await one.hold(signal)).toBe(true);
    for (let looks = 0; looks < 10; looks += 1) {
      await clock.advance(5_000);
      expect(await one.hold(signal)).toBe(true);
      expect(await other.hold(signal)).toBe(false);
    }
    const { spec } = started.kubernetes.cluster.get("leases", NAME.namespace, NAME.name) as unknown as { spec: object };
    expect(spec).toMatchObject({ holderIdentity: "one", leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  test("goes to another once it has not been renewed for a while, whatever the clocks say", async () => {
    const [one, other] = [aServer("one"), aServer("other")];
    await one.hold(signal);
    const looks = [];
    for (let count = 0; count < 4; count += 1) looks.push(await other.hold(signal));
    expect(looks).toEqual([false, false, false, true]);
    await clock.advance(5_000);
    expect([await one.hold(signal), await other.hold(signal)]).toEqual([false, true]);
  });

  test("goes to one of those who ask for it at the same moment", async () => {
    const holds = await Promise.all(["a", "b", "c"].map((name) => aServer(name).hold(signal)));
    expect(holds.filter(Boolean)).toHaveLength(1);
  });
});
