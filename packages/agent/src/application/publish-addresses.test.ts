import { beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { AddressReport } from "../domain/address/address-report.ts";
import type { LocalResultsListener } from "./ports/local-results.ts";
import { publishAddresses } from "./publish-addresses.ts";

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
let published: AddressReport[];
let results: LocalResultsListener;

beforeEach(async () => {
  nowMs = 100_000;
  lines = [];
  published = [];
  const publish = publishAddresses({
    keeper: "run-1",
    results: {
      follow: async (listener) => {
        results = listener;
      },
    },
    board: { publish: (report) => void published.push(structuredClone(report)) },
    logger: createLogger("keeper", "info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
    clock: { nowMs: () => nowMs, setTimer: () => () => {} } satisfies Clock,
  });
  await publish(new AbortController().signal);
  results.source({ kind: "followed" });
  lines = [];
});
/** What is published once all that has changed was delivered. */
const report = () => {
  results.caughtUp();
  return published.at(-1);
};
const owner = () => report()?.results.find(({ ips }) => ips.includes("10.0.1.5"))?.podUid;
const skipped = () => report()?.skipped;

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
    expect([skipped(), lines]).toEqual([{}, []]);
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
    expect(skipped()).toEqual({ incomplete: 1 });
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
  expect(skipped()).toEqual({ "not-a-cni-result": 1, "too-large": 2 });
  expect(lines.map(({ file }) => file)).toEqual([FILE, FILE, FILE]);
});

test("a file that was good and is of no use any more gives its pod nothing", () => {
  results.written(FILE, textOf("a", "10.0.1.5/32"), nowMs);
  results.written(FILE, '{"kind":"x"}', nowMs);
  expect(owner()).toBeUndefined();
});

test("an absent directory is one warning that says what to do", () => {
  results.source({ kind: "unavailable", detail: "ENOENT: no such file or directory" });
  expect(report()?.source.kind).toBe("unavailable");
  expect(lines).toEqual([
    expect.objectContaining({
      level: "warn",
      msg: expect.stringContaining("mount the node's /var/lib/cni") as unknown,
    }),
  ]);
});

test("many changes that come together are published once, and none is nothing to publish", () => {
  results.caughtUp();
  for (const number of [1, 2, 3])
    results.written(`${FILE}-${number}`, textOf(`pod-${number}`, `10.0.1.${number}`), nowMs);
  results.caughtUp();
  results.caughtUp();
  expect(published.map(({ results: read }) => read.length)).toEqual([0, 3]);
  expect(published.at(-1)).toMatchObject({ keeper: "run-1", source: { kind: "followed" } });
});
