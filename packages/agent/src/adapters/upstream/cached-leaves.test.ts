import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { silentLog } from "../../../test/support/silence.ts";
import type { LeafReading } from "../../application/ports/node-metadata.ts";
import { CachedLeaves } from "./cached-leaves.ts";

const REGION = "meta-data/placement/region";
const SPOT = "meta-data/spot/instance-action";
const MINUTE_MS = 60_000;

let clock: FakeClock;
let reads: string[];
let next: () => Promise<LeafReading>;
let warnings: object[];
let leaves: CachedLeaves;

beforeEach(() => {
  clock = new FakeClock();
  reads = [];
  warnings = [];
  const source = {
    read: (path: string) => {
      reads.push(path);
      return next();
    },
  };
  leaves = new CachedLeaves({
    source,
    clock,
    log: { ...silentLog, warn: (fields: object) => void warnings.push(fields) },
  });
});

const yields = (reading: LeafReading) => {
  next = async () => reading;
};
const found = (body: string): LeafReading => ({ kind: "found", body });
const UNREACHABLE: LeafReading = { kind: "unreachable" };

test("those who ask while a read is under way share it", async () => {
  let arrive: (reading: LeafReading) => void = () => {};
  next = () =>
    new Promise((resolve) => {
      arrive = resolve;
    });
  const answers = Promise.all(Array.from({ length: 50 }, () => leaves.read(REGION)));
  arrive(found("eu-west-1"));
  expect(new Set(await answers)).toEqual(new Set([found("eu-west-1")]));
  expect(reads).toEqual([REGION]);
});

test("what is fixed for the instance's life is kept for an hour, anything else for ten seconds", async () => {
  yields(found("x"));
  for (const path of [REGION, SPOT]) await leaves.read(path);
  await clock.advance(10_000);
  for (const path of [REGION, SPOT]) await leaves.read(path);
  expect(reads).toEqual([REGION, SPOT, SPOT]);
  await clock.advance(60 * MINUTE_MS);
  await leaves.read(REGION);
  expect(reads).toEqual([REGION, SPOT, SPOT, REGION]);
});

test("an absent leaf is asked for again after ten seconds", async () => {
  yields({ kind: "absent" });
  await leaves.read(REGION);
  expect(await leaves.read(REGION)).toEqual({ kind: "absent" });
  await clock.advance(10_000);
  yields(found("eu-west-1"));
  expect(await leaves.read(REGION)).toEqual(found("eu-west-1"));
  expect(reads).toHaveLength(2);
});

describe("when the node's metadata cannot be read", () => {
  test("and never could, the failure is the answer, and the next request tries again", async () => {
    yields(UNREACHABLE);
    expect(await leaves.read(REGION)).toEqual(UNREACHABLE);
    yields(found("eu-west-1"));
    expect(await leaves.read(REGION)).toEqual(found("eu-west-1"));
  });

  test("a fixed leaf is served however old it is", async () => {
    yields(found("eu-west-1"));
    await leaves.read(REGION);
    yields(UNREACHABLE);
    await clock.advance(7 * 24 * 60 * MINUTE_MS);
    expect(await leaves.read(REGION)).toEqual(found("eu-west-1"));
  });

  test("another leaf is served for five minutes", async () => {
    yields(found("none"));
    await leaves.read(SPOT);
    yields({ kind: "unusable" });
    await clock.advance(5 * MINUTE_MS - 1);
    expect(await leaves.read(SPOT)).toEqual(found("none"));
    await clock.advance(1);
    expect(await leaves.read(SPOT)).toEqual({ kind: "unusable" });
  });

  test("an older value is served for five seconds without another attempt", async () => {
    yields(found("eu-west-1"));
    await leaves.read(REGION);
    yields(UNREACHABLE);
    await clock.advance(61 * MINUTE_MS);
    await leaves.read(REGION);
    await leaves.read(REGION);
    expect(reads).toHaveLength(2);
    await clock.advance(5_000);
    await leaves.read(REGION);
    expect(reads).toHaveLength(3);
  });

  test("it is said once, until it could be read again", async () => {
    for (const reading of [UNREACHABLE, UNREACHABLE, found("x"), UNREACHABLE]) {
      yields(reading);
      await leaves.read(SPOT);
      await clock.advance(10 * MINUTE_MS);
    }
    expect(warnings).toEqual([
      { path: SPOT, reason: "unreachable", staleServed: false },
      { path: SPOT, reason: "unreachable", staleServed: false },
    ]);
  });
});
