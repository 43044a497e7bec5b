import { beforeEach, describe, expect, test } from "@jest/globals";
import type { AddressConflict } from "./address-claims.ts";
import type { CniResult, PodName } from "./cni-result.ts";
import { PodAddresses } from "./pod-addresses.ts";

const pod = (podUid: string): PodName => ({ podUid, namespace: "shop", name: `${podUid}-0` });
const result = (podUid: string, ...ips: string[]): CniResult => ({ ...pod(podUid), containerId: `c-${podUid}`, ips });

const IP = "10.0.1.5";
let conflicts: AddressConflict[];
let addresses: PodAddresses;
const ownerUid = (address = IP) => addresses.ownerOf(address)?.podUid;

beforeEach(() => {
  conflicts = [];
  addresses = new PodAddresses({
    isNodeAddress: (address) => address === "10.0.0.1",
    onConflict: (conflict) => conflicts.push(conflict),
  });
});

describe("the owner of an address", () => {
  test("is the pod of its CNI result", () => {
    addresses.setLocal("net-a-eth0", result("a", IP, "2600::5"), 1);
    expect(addresses.ownerOf(IP)).toEqual(pod("a"));
    expect(ownerUid("2600::5")).toBe("a");
    expect(ownerUid("10.0.1.6")).toBeUndefined();
  });

  test("is the pod that the feed names where the node says nothing, whatever the spelling", () => {
    addresses.setFeed(pod("a"), ["2600:0:0::5", "::ffff:10.0.1.5", "not-an-address"]);
    expect(ownerUid("2600::5")).toBe("a");
    expect(ownerUid()).toBe("a");
  });

  test("is gone with the file, and the feed's word counts again", () => {
    addresses.setLocal("f", result("a", IP), 1);
    addresses.removeLocal("f");
    expect(ownerUid()).toBeUndefined();
    addresses.setFeed(pod("a"), [IP]);
    addresses.setLocal("f", result("a", IP), 1);
    addresses.removeLocal("f");
    expect(ownerUid()).toBe("a");
  });

  test("is gone when the feed removes the pod or takes the address from it", () => {
    addresses.setFeed(pod("a"), [IP]);
    addresses.setFeed(pod("a"), []);
    expect(ownerUid()).toBeUndefined();
    addresses.setFeed(pod("a"), [IP]);
    addresses.removeFeed("a");
    expect(ownerUid()).toBeUndefined();
  });

  test("is nobody for the node's own address, whoever claims it", () => {
    addresses.setLocal("f", result("a", "10.0.0.1"), 1);
    addresses.setFeed(pod("a"), ["10.0.0.1"]);
    expect(ownerUid("10.0.0.1")).toBeUndefined();
  });

  test("holds over all files of a pod: the loopback's takes nothing away", () => {
    addresses.setLocal("net-a-eth0", result("a", IP), 1);
    addresses.setLocal("loopback-a-lo", result("a"), 2);
    addresses.setLocal("net2-a-eth1", result("a", "10.9.0.2"), 2);
    addresses.removeLocal("loopback-a-lo");
    expect([ownerUid(), ownerUid("10.9.0.2")]).toEqual(["a", "a"]);
    expect(addresses.podCount()).toBe(1);
  });

  test("follows a file that is written anew", () => {
    addresses.setLocal("f", result("a", IP), 1);
    addresses.setLocal("f", result("a", "10.0.1.6"), 2);
    expect([ownerUid(), ownerUid("10.0.1.6")]).toEqual([undefined, "a"]);
  });
});

describe("an address that is passed on (kiam#499, kube2iam#244)", () => {
  test("belongs to the new pod at once, though the feed still names the old one", () => {
    addresses.setLocal("f-a", result("a", IP), 1);
    addresses.setFeed(pod("a"), [IP]);
    addresses.removeLocal("f-a");
    addresses.setLocal("f-b", result("b", IP), 2);
    expect(ownerUid()).toBe("b");
    expect(conflicts).toEqual([{ kind: "local-and-feed", address: IP, podUids: ["a", "b"] }]);
    addresses.setFeed(pod("b"), [IP]);
    addresses.removeFeed("a");
    expect(ownerUid()).toBe("b");
  });

  test("belongs to the file written last, in whatever order the files are read", () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      for (const at of order) addresses.setLocal(`f-${at}`, result(`pod-${at}`, IP), at);
      expect(ownerUid()).toBe("pod-2");
      for (const at of order) addresses.removeLocal(`f-${at}`);
    }
    expect(conflicts.map(({ kind }) => kind)).toEqual(["two-local", "two-local"]);
  });

  test("returns to an older file when the newer one goes", () => {
    addresses.setLocal("f-1", result("a", IP), 1);
    addresses.setLocal("f-2", result("b", IP), 2);
    addresses.removeLocal("f-2");
    expect(ownerUid()).toBe("a");
  });
});

describe("two pods that the feed gives one address", () => {
  test("own it neither of them until one lets go or the node speaks", () => {
    addresses.setFeed(pod("a"), [IP]);
    addresses.setFeed(pod("b"), [IP]);
    expect(ownerUid()).toBeUndefined();
    expect(conflicts).toEqual([{ kind: "two-feed", address: IP, podUids: ["a", "b"] }]);
    addresses.setLocal("f", result("a", IP), 1);
    expect(ownerUid()).toBe("a");
    addresses.removeLocal("f");
    addresses.removeFeed("a");
    expect(ownerUid()).toBe("b");
  });
});

describe("a conflict", () => {
  test("is told once while it lasts, and again when it comes back", () => {
    addresses.setLocal("f", result("b", IP), 1);
    addresses.setFeed(pod("a"), [IP]);
    addresses.setFeed(pod("a"), [IP, "10.0.1.9"]);
    addresses.setLocal("f", result("b", IP), 2);
    expect(conflicts).toHaveLength(1);
    addresses.setFeed(pod("a"), []);
    addresses.setFeed(pod("a"), [IP]);
    expect(conflicts).toHaveLength(2);
  });

  test("is none when node and feed agree", () => {
    addresses.setLocal("f", result("a", IP), 1);
    addresses.setFeed(pod("a"), [IP]);
    addresses.setLocal("g", result("a", IP), 2);
    expect(conflicts).toEqual([]);
  });
});

describe("listeners", () => {
  test("of changes hear each change of owner, and nothing else", () => {
    let heard = 0;
    const stop = addresses.onChange(() => heard++);
    addresses.setLocal("f", result("a", IP), 1);
    addresses.setLocal("f", result("a", IP), 2);
    addresses.setFeed(pod("a"), [IP]);
    addresses.setFeed(pod("b"), [IP]);
    expect(heard).toBe(1);
    addresses.removeLocal("f");
    expect(heard).toBe(2);
    stop();
    addresses.removeFeed("b");
    expect(heard).toBe(2);
  });

  test("of appearances hear a pod once, from its first file on, and see its address already", () => {
    const heard: string[] = [];
    addresses.onPodAppeared(({ podUid }) => heard.push(`${podUid} ${ownerUid() ?? "-"}`));
    addresses.setLocal("loopback-a-lo", result("a"), 1);
    addresses.setLocal("net-a-eth0", result("a", IP), 2);
    addresses.setFeed(pod("c"), ["10.0.1.7"]);
    addresses.setLocal("net-b-eth0", result("b", IP), 3);
    expect(heard).toEqual(["a -", "b b"]);
    expect(addresses.localPods()).toEqual([pod("a"), pod("b")]);
  });

  test("of departures hear a pod once, when its last file goes or becomes another pod's", () => {
    const heard: string[] = [];
    addresses.onPodGone(({ podUid }) => heard.push(podUid));
    addresses.setLocal("loopback-a-lo", result("a"), 1);
    addresses.setLocal("net-a-eth0", result("a", IP), 1);
    addresses.setLocal("net-a-eth0", result("a", "10.0.1.6"), 2);
    addresses.removeLocal("net-a-eth0");
    addresses.removeLocal("net-a-eth0");
    expect(heard).toEqual([]);
    addresses.setLocal("loopback-a-lo", result("b"), 3);
    addresses.removeLocal("loopback-a-lo");
    expect(heard).toEqual(["a", "b"]);
  });
});

test("nothing is kept of a pod that is gone on both sides", () => {
  addresses.setLocal("f", result("a", IP), 1);
  addresses.setFeed(pod("a"), [IP]);
  addresses.removeLocal("f");
  addresses.removeFeed("a");
  expect(addresses.podCount()).toBe(0);
  expect(addresses.localPods()).toEqual([]);
});
