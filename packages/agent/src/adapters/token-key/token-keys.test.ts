import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { silentLog } from "../../../test/support/silence.ts";
import { SessionTokens, type TokenMacs } from "../../domain/imds/session-token.ts";
import { openTokenKeys, ROTATE_AFTER_MS } from "./token-keys.ts";

let directory: string;
let file: string;
let clock: FakeClock;
let warnings: Record<string, unknown>[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "token-keys-"));
  file = join(directory, "keys");
  clock = new FakeClock();
  warnings = [];
});
afterEach(() => rm(directory, { recursive: true }));

/** Random, but for the two bytes that say how much later than due a key is changed. */
const laterBy = (ms: number) => (count: number) => (count === 2 ? Buffer.from([0, ms]) : randomBytes(count));
const open = (random = laterBy(0)) => {
  const log = { ...silentLog, warn: (fields: object) => void warnings.push({ ...fields }) };
  return openTokenKeys({ file, clock, randomBytes: random, log });
};
const issue = async () => new SessionTokens((await open()).macs).issue("pod", 21_600, clock.nowMs());
const isValid = async (token: string) => accepts((await open()).macs, token);
const accepts = (macs: TokenMacs, token: string): boolean =>
  new SessionTokens(macs).isValid(token, "pod", clock.nowMs());

/** Runs the rotation until `rotations` keys have been replaced. */
async function rotate(rotations: number): Promise<void> {
  const stop = new AbortController();
  const running = (await open()).rotate(stop.signal);
  for (let count = 0; count < rotations; count += 1) {
    const before = await readFile(file, "utf8");
    await clock.advanceToNextTimer();
    await clock.whenWaiting();
    expect(await readFile(file, "utf8")).not.toBe(before);
  }
  stop.abort();
  await running;
}

test("what one process issued, the next takes", async () => {
  const token = await issue();
  expect(await isValid(token)).toBe(true);
  expect(warnings).toEqual([]);
});

test("the file is for its owner alone, and nothing else is left beside it", async () => {
  await open();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(["keys"]);
});

test("a file that others may read is closed to them", async () => {
  await open();
  await chmod(file, 0o644);
  await open();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("keys of two files differ", async () => {
  const token = await issue();
  await rm(file);
  expect(await isValid(token)).toBe(false);
});

describe("rotation", () => {
  test("comes once a day, and what the key before signed is still good", async () => {
    await open();
    await clock.advance(ROTATE_AFTER_MS - 60_000);
    const token = await issue();
    await rotate(1);
    expect(await isValid(token)).toBe(true);
    expect(await issue()).not.toContain(token.split(".")[1]);
  });

  test("ends a key the second time", async () => {
    const [, keyId = ""] = (await issue()).split(".");
    await rotate(2);
    expect(await readFile(file, "utf8")).not.toContain(keyId);
  });

  test("is due by the key's age, not by how long this process has run", async () => {
    await open();
    await clock.advance(ROTATE_AFTER_MS - 1_000);
    const stop = new AbortController();
    const running = (await open()).rotate(stop.signal);
    expect(clock.nextTimerInMs).toBe(1_000);
    stop.abort();
    await running;
  });
});

describe("a file that cannot be used is left as it is, said in a warning, and tokens work for this process", () => {
  test.each([
    ["no JSON", "-----BEGIN PRIVATE KEY-----"],
    ["another JSON", '{"version":2}'],
    ["no keys", '{"version":1,"keys":[]}'],
    ["a short key", '{"version":1,"keys":[{"id":"abcdefgh","createdAt":"2026-01-01T00:00:00Z","secret":"AAAA"}]}'],
    ["nothing", ""],
  ])("%s", async (_what, content) => {
    await writeFile(file, content);
    const { macs } = await open();
    expect(accepts(macs, new SessionTokens(macs).issue("pod", 60, clock.nowMs()))).toBe(true);
    expect(await readFile(file, "utf8")).toBe(content);
    expect(warnings).toEqual([{ file, problem: expect.any(String), cure: expect.stringContaining("delete the file") }]);
    if (content.length > 20) expect(JSON.stringify(warnings)).not.toContain(content.slice(0, 20));
  });

  test("a directory in its place", async () => {
    file = directory;
    await open();
    expect(warnings).toEqual([{ file, problem: expect.stringContaining("EISDIR"), cure: expect.any(String) }]);
  });

  test("a directory that does not exist", async () => {
    file = join(directory, "missing", "keys");
    const { macs } = await open();
    expect(macs.sign("x").mac).toHaveLength(43);
    expect(warnings).toEqual([
      { file, problem: expect.stringContaining("ENOENT"), cure: expect.stringContaining("directory") },
    ]);
  });
});

test("of two processes that share the file one changes the key, and the other takes it over", async () => {
  const [one, other] = [await open(), await open(laterBy(200))];
  const stop = new AbortController();
  const rotations = [one, other].map(({ rotate: run }) => run(stop.signal));
  await clock.whenWaiting(2);
  const first = await readFile(file, "utf8");
  await clock.advance(ROTATE_AFTER_MS);
  await clock.whenWaiting(2);
  const second = await readFile(file, "utf8");
  await clock.advance(200);
  await clock.whenWaiting(2);
  expect(second).not.toBe(first);
  expect(await readFile(file, "utf8")).toBe(second);
  const tokenOf = ({ macs }: typeof one) => new SessionTokens(macs).issue("pod", 60, clock.nowMs());
  expect(accepts(one.macs, tokenOf(other))).toBe(true);
  expect(accepts(other.macs, tokenOf(one))).toBe(true);
  stop.abort();
  await Promise.all(rotations);
});
