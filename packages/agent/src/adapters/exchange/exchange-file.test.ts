import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger, type Logger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { Condition } from "@rolecall/sandbox/control/condition";
import type { AgentTarget } from "../../domain/interception/agent-target.ts";
import { exchange } from "./exchange.ts";

const target = (port: number): AgentTarget => ({ instance: "agent-1", startedAtMs: 1, port, isLoaded: false });

let parent: string;
let directory: string;
let clock: FakeClock;
let lines: Record<string, unknown>[];
let log: Logger;
let ports: number[];
const news = new Condition();
let stop: AbortController;
let following: Promise<void>;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "exchange-"));
  directory = join(parent, "shared");
  await mkdir(directory);
  clock = new FakeClock();
  lines = [];
  log = createLogger("agent", "info", (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    news.changed();
  });
  ports = [];
  stop = new AbortController();
  following = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await following;
  await rm(parent, { recursive: true, force: true });
});

const follow = () => {
  following = exchange(directory, clock, log).target.follow(({ port }) => {
    ports.push(port);
    news.changed();
  }, stop.signal);
};
const heard = (port: number) => news.when(() => ports.includes(port));
/** In one step, as both processes do: a file that is written in place is read empty first. */
const write = async (text: string) => {
  await writeFile(join(parent, "unfinished"), text);
  await rename(join(parent, "unfinished"), join(directory, "target.json"));
};

test("what one process publishes the other hears, before it came and after", async () => {
  const { target: board } = exchange(directory, clock, log);
  board.publish(target(1_001));
  follow();
  await heard(1_001);
  board.publish(target(1_002));
  await heard(1_002);
  expect(ports).toEqual([1_001, 1_002]);
  expect(await readdir(directory)).toEqual(["target.json"]);
});

test("what is of no use is one log line, and what was said before stays in force", async () => {
  follow();
  await clock.whenWaiting();
  await write('{"instance":"agent-1","startedAtMs":1,"port":"8181","isLoaded":true}');
  await news.when(() => lines.length > 0);
  expect(lines).toEqual([
    expect.objectContaining({ level: "error", problem: expect.stringContaining("port") as unknown }),
  ]);
  await write('{"instance"');
  exchange(directory, clock, log).target.publish(target(1_003));
  await heard(1_003);
  expect(ports).toEqual([1_003]);
});

test("a directory that comes later is found", async () => {
  await rm(directory, { recursive: true });
  follow();
  await clock.whenWaiting();
  await mkdir(directory);
  exchange(directory, clock, log).target.publish(target(1_004));
  await clock.advance(1_000);
  await heard(1_004);
});

test("a directory that cannot be written is told once, until it can", async () => {
  const { target: board } = exchange(join(directory, "missing"), clock, log);
  board.publish(target(1));
  board.publish(target(2));
  expect(lines).toEqual([
    expect.objectContaining({ level: "error", msg: expect.stringContaining("--exchange-dir") as unknown }),
  ]);
});

test("a marker is there or not, whatever a process before left", async () => {
  await writeFile(join(directory, "ready"), "");
  const { ready } = exchange(directory, clock, log);
  ready.set(false);
  expect(await readdir(directory)).toEqual([]);
  ready.set(true);
  expect(await readdir(directory)).toEqual(["ready"]);
});

test("what another process put in the way of a file is not followed, written through or read", async () => {
  const precious = join(parent, "precious");
  await writeFile(precious, '{"instance":"agent-1","startedAtMs":1,"port":6666,"isLoaded":true}');
  await symlink(precious, join(directory, "target.json"));
  await symlink(precious, join(directory, "stuck"));
  follow();
  await news.when(() => lines.length > 0);
  const { target: board, stuck } = exchange(directory, clock, log);
  stuck.set(true);
  board.publish(target(1_005));
  await heard(1_005);
  expect(ports).toEqual([1_005]);
  expect(await readFile(precious, "utf8")).toContain("6666");
});

test("a run of an agent is named by what can stand in a file's name", async () => {
  follow();
  await clock.whenWaiting();
  await write('{"instance":"../../etc/passwd","startedAtMs":1,"port":8181,"isLoaded":true}');
  await news.when(() => lines.length > 0);
  expect([ports, lines[0]?.["problem"]]).toEqual([[], expect.stringContaining("instance")]);
});
