import { expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aPod } from "../../../test/support/makers.ts";
import { addressesOfNode, RefusedPeers } from "./refused-peers.ts";

test("the latest refusal of a node's addresses is told for ten minutes", async () => {
  const clock = new FakeClock();
  const peers = new RefusedPeers(clock);
  peers.refused("10.0.0.1", "not-tls");
  await clock.advance(1);
  peers.refused("10.0.0.2", "certificate-expired");
  const atMs = clock.nowMs();
  expect(peers.ofAny(["10.0.0.1", "10.0.0.2"])).toEqual({ atMs, reason: "certificate-expired" });
  expect(peers.ofAny(["10.0.0.3"])).toBeUndefined();
  await clock.advance(600_000);
  expect(peers.ofAny(["10.0.0.1", "10.0.0.2"])).toBeUndefined();
});

test("a thousand addresses are remembered, those that were refused last", () => {
  const peers = new RefusedPeers(new FakeClock());
  for (let address = 0; address <= 1_000; address += 1) peers.refused(`a${address}`, "not-tls");
  expect([peers.ofAny(["a0"]), peers.ofAny(["a1"])]).toEqual([undefined, expect.anything()]);
});

test("a node's addresses are those of its pods on the host network", () => {
  const pods = [aPod({ ips: ["10.244.1.1"] }), aPod({ hostNetwork: true, ips: ["10.0.0.1", "fd00::1"] })];
  expect(addressesOfNode(pods)).toEqual(["10.0.0.1", "fd00::1"]);
});
