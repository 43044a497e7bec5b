import { beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { PodAddresses } from "../domain/address/pod-addresses.ts";
import { followAddresses, reportConflict } from "./follow-addresses.ts";
import type { LocalResultsListener } from "./ports/local-results.ts";

const FILE = "aws-cni-3f1c0a-eth0";
const textOf = (podUid: string, address: string) =>
  JSON.stringify({
    kind: "cniCacheV1",
    containerId: "3f1c0a",
    cniArgs: [
      ["K8S_POD_NAMESPACE", "shop"],
      ["K8S_POD_NAME", "cart-0"],
      ["K8S_POD_UID", podUid],
    ],
    result: { ips: [{ address }] },
  });

let nowMs: number;
let lines: Record<string, unknown>[];
let recorded: string[];
let addresses: PodAddresses;
let results: LocalResultsListener;

beforeEach(async () => {
  nowMs = 100_000;
  lines = [];
  recorded = [];
  const clock: Clock = { nowMs: () => nowMs, setTimer: () => () => {} };
  const logger = createLogger("agent", "info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const recorder = {
    cniResultSkipped: (problem: string) => recorded.push(`skipped ${problem}`),
    addressConflict: (kind: string) => recorded.push(`conflict ${kind}`),
    cniResultSource: (kind: string) => recorded.push(`source ${kind}`),
  };
  addresses = new PodAddresses({ isNodeAddress: () => false, onConflict: reportConflict(recorder, logger) });
  const follow = followAddresses({
    results: {
      follow: async (listener) => {
        results = listener;
      },
    },
    addresses,
    recorder,
    logger,
    clock,
  });
  await follow(new AbortController().signal);
});
const owner = () => addresses.ownerOf("10.0.1.5")?.podUid;

test("a file gives its pod its address, and takes it with it", () => {
  expect(results.written(FILE, textOf("a", "10.0.1.5/32"), nowMs)).toBe(true);
  expect(owner()).toBe("a");
  results.removed(FILE);
  expect(owner()).toBeUndefined();
});

describe("a file in the middle of its write", () => {
  const half = textOf("a", "10.0.1.5/32").slice(0, 80);

  test("is asked for again and is no news", () => {
    expect(results.written(FILE, "", nowMs)).toBe(false);
    expect(results.written(FILE, half, nowMs - 1_999)).toBe(false);
    expect([recorded, lines]).toEqual([[], []]);
  });

  test("leaves what it said before in force", () => {
    results.written(FILE, textOf("a", "10.0.1.5/32"), nowMs);
    results.written(FILE, half, nowMs);
    expect(owner()).toBe("a");
  });

  test("is counted and logged once when it stays so, still asked for, and welcome when whole", () => {
    results.written(FILE, half, nowMs);
    nowMs += 2_000;
    expect(results.written(FILE, half, 100_000)).toBe(false);
    expect(results.written(FILE, half, 100_000)).toBe(false);
    expect(recorded).toEqual(["skipped incomplete"]);
    expect(lines).toEqual([expect.objectContaining({ level: "warn", file: FILE, problem: "incomplete" })]);
    expect(results.written(FILE, textOf("a", "10.0.1.5/32"), nowMs)).toBe(true);
    expect(owner()).toBe("a");
  });
});

test("a file that is of no use is counted and logged once, until it changes for another reason or is gone", () => {
  results.written(FILE, '{"kind":"x"}', nowMs);
  results.written(FILE, '{"kind":"y"}', nowMs);
  results.unreadable(FILE, "too-large", "300000 bytes");
  results.unreadable(FILE, "too-large", "300000 bytes");
  results.removed(FILE);
  results.unreadable(FILE, "too-large", "300000 bytes");
  expect(recorded).toEqual(["skipped not-a-cni-result", "skipped too-large", "skipped too-large"]);
  expect(lines.map(({ file }) => file)).toEqual([FILE, FILE, FILE]);
});

test("a file that was good and is of no use any more gives its pod nothing", () => {
  results.written(FILE, textOf("a", "10.0.1.5/32"), nowMs);
  results.written(FILE, '{"kind":"x"}', nowMs);
  expect(owner()).toBeUndefined();
});

test("an absent directory is one warning that says what to do", () => {
  results.source({ kind: "unavailable", detail: "ENOENT: no such file or directory" });
  expect(recorded).toEqual(["source unavailable"]);
  expect(lines).toEqual([
    expect.objectContaining({
      level: "warn",
      msg: expect.stringContaining("mount the node's /var/lib/cni") as unknown,
    }),
  ]);
});

test("a conflict is counted by its kind and logged with its pods", () => {
  results.written(FILE, textOf("b", "10.0.1.5/32"), nowMs);
  addresses.setFeed({ podUid: "a", namespace: "shop", name: "cart-0" }, ["10.0.1.5"]);
  expect(recorded).toEqual(["conflict local-and-feed"]);
  expect(lines).toEqual([expect.objectContaining({ address: "10.0.1.5", podUids: ["a", "b"] })]);
});
