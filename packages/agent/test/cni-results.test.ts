import { closeSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { chmod, mkdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Clock } from "@rolecall/common/time/clock";
import { CniResultsDirectory } from "../src/adapters/cni/cni-results-directory.ts";
import type { LocalResultsListener } from "../src/application/ports/local-results.ts";

/** Timers that fire when the test says so. */
class ManualClock implements Clock {
  readonly timers = new Map<() => void, number>();
  nowMs = () => 0;
  setTimer(delayMs: number, callback: () => void): () => void {
    this.timers.set(callback, delayMs);
    return () => this.timers.delete(callback);
  }
  fire(): void {
    for (const callback of [...this.timers.keys()]) callback();
  }
}

/** What was heard, in order; a test waits for the line it expects. */
class Heard implements LocalResultsListener {
  readonly lines: string[] = [];
  settles = (_text: string): boolean => true;
  #waiting: { readonly line: string; readonly resolve: () => void } | undefined;

  written(file: string, text: string): boolean {
    this.#hear(`written ${file} ${text}`);
    return this.settles(text);
  }
  removed(file: string): void {
    this.#hear(`removed ${file}`);
  }
  unreadable(file: string, problem: string): void {
    this.#hear(`${problem} ${file}`);
  }
  source({ kind }: { readonly kind: string }): void {
    this.#hear(`source ${kind}`);
  }
  caughtUp(): void {}
  /** Forgets everything up to the line and resolves when it has come. */
  async next(line: string): Promise<void> {
    const at = this.lines.indexOf(line);
    if (at === -1) await new Promise<void>((resolve) => (this.#waiting = { line, resolve }));
    this.lines.splice(0, this.lines.indexOf(line) + 1);
  }
  #hear(line: string): void {
    this.lines.push(line);
    if (this.#waiting?.line !== line) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }
}

let parent: string;
let directory: string;
let clock: ManualClock;
let heard: Heard;
let stop: AbortController;
let running: Promise<void>;

const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
const follow = () => {
  running = new CniResultsDirectory({ directory, clock }).follow(heard, stop.signal);
};

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), "rolecall-cni-"));
  directory = join(parent, "results");
  await mkdir(directory);
  clock = new ManualClock();
  heard = new Heard();
  stop = new AbortController();
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(parent, { recursive: true });
});

describe("a directory that is there", () => {
  test("delivers its files, then each change as it happens, without any timer", async () => {
    write("a", "1");
    follow();
    await heard.next("source followed");
    await heard.next("written a 1");
    write("b", "2");
    await heard.next("written b 2");
    write("a", "3");
    await heard.next("written a 3");
    rmSync(join(directory, "b"));
    await heard.next("removed b");
    renameSync(join(directory, "a"), join(directory, "c"));
    await heard.next("written c 3");
  });

  test("delivers every file of a burst, whole in the end", async () => {
    follow();
    await heard.next("source followed");
    for (let n = 0; n < 200; n++) write(`f${n}`, `${n}`);
    for (let n = 0; n < 200; n++)
      if (!heard.lines.includes(`written f${n} ${n}`)) await heard.next(`written f${n} ${n}`);
  });

  test("delivers a file that is written in pieces as it grows", async () => {
    follow();
    await heard.next("source followed");
    const handle = openSync(join(directory, "a"), "w");
    writeSync(handle, "1");
    await heard.next("written a 1");
    writeSync(handle, "2");
    await heard.next("written a 12");
    closeSync(handle);
  });

  test("is looked through again when the timer fires: what did not settle is delivered anew, what did is not", async () => {
    heard.settles = (text) => text !== "half";
    write("a", "half");
    write("b", "whole");
    follow();
    await heard.next("source followed");
    await heard.next("written b whole");
    // The first look is over once the next one is waited for.
    await waitUntil(() => clock.timers.size > 0);
    expect([...clock.timers.values()]).toEqual([10_000]);
    heard.lines.length = 0;
    clock.fire();
    await heard.next("written a half");
    await waitUntil(() => clock.timers.size > 0);
    expect(heard.lines).toEqual([]);
  });

  test("leaves out what is no file, and reads no file that is too large", async () => {
    await mkdir(join(directory, "dir"));
    await symlink("/etc/hostname", join(directory, "link"));
    write("big", "x".repeat(256 * 1024 + 1));
    write("z", "1");
    follow();
    await heard.next("source followed");
    await waitUntil(() => clock.timers.size > 0);
    expect(heard.lines.sort()).toEqual(["too-large big", "written z 1"]);
  });

  test("keeps its files when only its mode changes", async () => {
    write("a", "1");
    follow();
    await heard.next("written a 1");
    await chmod(directory, 0o755);
    write("b", "2");
    await heard.next("written b 2");
    expect(heard.lines).not.toContain("removed a");
  });
});

describe("a directory that comes and goes", () => {
  test("is told once as unavailable, and followed from the moment it appears", async () => {
    await rm(directory, { recursive: true });
    follow();
    await heard.next("source unavailable");
    await waitUntil(() => clock.timers.size > 0);
    clock.fire();
    await waitUntil(() => clock.timers.size > 0);
    expect(heard.lines).toEqual([]);
    await mkdir(directory);
    write("a", "1");
    await heard.next("source followed");
    await heard.next("written a 1");
  });

  test("takes its files with it, and is followed again when it is made anew", async () => {
    write("a", "1");
    follow();
    await heard.next("written a 1");
    await rm(directory, { recursive: true });
    await heard.next("removed a");
    await mkdir(directory);
    write("b", "2");
    await heard.next("written b 2");
    write("b", "3");
    await heard.next("written b 3");
  });

  test("is noticed when another takes its place by a rename", async () => {
    write("a", "1");
    follow();
    await heard.next("written a 1");
    await mkdir(join(parent, "new"));
    writeFileSync(join(parent, "new", "b"), "2");
    renameSync(directory, join(parent, "old"));
    renameSync(join(parent, "new"), directory);
    await heard.next("removed a");
    await heard.next("written b 2");
    write("b", "3");
    await heard.next("written b 3");
  });

  test("whose parent is absent too is found by looking every second", async () => {
    directory = join(parent, "cni", "results");
    follow();
    await heard.next("source unavailable");
    await waitUntil(() => clock.timers.size > 0);
    expect([...clock.timers.values()]).toEqual([1_000]);
    await mkdir(directory, { recursive: true });
    write("a", "1");
    clock.fire();
    await heard.next("written a 1");
  });
});

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
