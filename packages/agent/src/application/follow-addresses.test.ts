import { beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import type { AddressReport, ReadResult } from "../domain/address/address-report.ts";
import { PodAddresses } from "../domain/address/pod-addresses.ts";
import { followAddresses, reportConflict } from "./follow-addresses.ts";

const ADDRESS = "10.0.1.5";

let lines: Record<string, unknown>[];
let recorded: string[];
let taken: number;
let addresses: PodAddresses;
let deliver: (report: AddressReport) => void;

beforeEach(async () => {
  lines = [];
  recorded = [];
  taken = 0;
  const logger = createLogger("agent", "info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const recorder = {
    cniResultSkipped: (problem: string, times = 1) => recorded.push(`skipped ${problem}, ${times}`),
    addressConflict: (kind: string) => recorded.push(`conflict ${kind}`),
    cniResultSource: (kind: string) => recorded.push(`source ${kind}`),
  };
  addresses = new PodAddresses({ isNodeAddress: () => false, onConflict: reportConflict(recorder, logger) });
  const follow = followAddresses({
    reports: {
      follow: async (listener) => {
        deliver = listener;
      },
    },
    addresses,
    recorder,
    onTaken: () => (taken += 1),
  });
  await follow(new AbortController().signal);
  recorded = [];
});
const result = (podUid: string, ip = ADDRESS, file = `aws-cni-${podUid}-eth0`): ReadResult => ({
  file,
  podUid,
  namespace: "shop",
  name: `cart-${podUid}`,
  containerId: podUid,
  ips: [ip],
  writtenAtMs: 100_000,
});
const report = (results: readonly ReadResult[], rest: Partial<AddressReport> = {}) =>
  deliver({ keeper: "run-1", source: { kind: "followed" }, skipped: {}, results, ...rest });
const owner = (ip = ADDRESS) => addresses.ownerOf(ip)?.podUid;

test("a report gives each pod its address, and one without it takes it back", () => {
  report([result("a"), result("b", "10.0.1.6")]);
  expect([owner(), owner("10.0.1.6")]).toEqual(["a", "b"]);
  report([result("b", "10.0.1.6")]);
  expect([owner(), owner("10.0.1.6")]).toEqual([undefined, "b"]);
});

test("an address that is passed on between two reports has one owner and no conflict", () => {
  report([result("a")]);
  report([result("b")]);
  expect(owner()).toBe("b");
  expect(recorded.filter((line) => line.startsWith("conflict"))).toEqual([]);
});

test("what has not changed is not told again", () => {
  const changes: string[] = [];
  addresses.onPodAppeared(({ podUid }) => changes.push(podUid));
  report([result("a")]);
  report([result("a"), result("b", "10.0.1.6")]);
  expect(changes).toEqual(["a", "b"]);
  expect(taken).toBe(2);
});

test("a keeper's counts are added up, and those of its next run begin anew", () => {
  report([], { skipped: { incomplete: 2 } });
  report([], { skipped: { incomplete: 2, "too-large": 1 } });
  report([], { keeper: "run-2", skipped: { incomplete: 1 } });
  expect(recorded.filter((line) => line.startsWith("skipped"))).toEqual([
    "skipped incomplete, 2",
    "skipped too-large, 1",
    "skipped incomplete, 1",
  ]);
});

test("how the keeper reads the results is told", () => {
  report([], { source: { kind: "unwatched", detail: "no more watches" } });
  expect(recorded).toEqual(["source unwatched"]);
});

test("a conflict is counted by its kind and logged with its pods", () => {
  report([result("b")]);
  addresses.setFeed({ podUid: "a", namespace: "shop", name: "cart-0" }, [ADDRESS]);
  expect(recorded).toContain("conflict local-and-feed");
  expect(lines).toEqual([expect.objectContaining({ address: ADDRESS, podUids: ["a", "b"] })]);
});
