import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { OwnerFiles } from "./owner-files.ts";

let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "owner-"));
  directory = join(parent, "owner");
});
afterEach(() => rm(parent, { recursive: true }));

const owner = (instance: string) => ({ instance, startedAtMs: 1, port: 8181 });

test("a node that nobody has owned yet has no owner", () => {
  expect(new OwnerFiles(directory).current()).toEqual({ generation: 0, owner: undefined });
});

test("who claims the generation after the one it read is the owner, for every keeper", () => {
  expect(new OwnerFiles(directory).claim(0, owner("a"))).toBe(true);
  expect(new OwnerFiles(directory).current()).toEqual({ generation: 1, owner: owner("a") });
});

test("of two that read the same generation one becomes the owner, and both know which", () => {
  const [one, other] = [new OwnerFiles(directory), new OwnerFiles(directory)];
  expect([one.claim(0, owner("a")), other.claim(0, owner("b"))]).toEqual([true, false]);
  expect(other.current().owner?.instance).toBe("a");
});

test("what cannot be understood is no owner, and its successor can be claimed", async () => {
  const files = new OwnerFiles(directory);
  files.claim(0, owner("a"));
  await writeFile(join(directory, "owner.2"), '{"instance":');
  expect(files.current()).toEqual({ generation: 2, owner: undefined });
  expect(files.claim(2, owner("b"))).toBe(true);
  expect(files.current().owner?.instance).toBe("b");
});

test("a directory that was owned a hundred times holds two files", async () => {
  const files = new OwnerFiles(directory);
  for (let generation = 0; generation < 100; generation++) files.claim(generation, owner(`agent-${generation}`));
  expect((await readdir(directory)).sort()).toEqual(["owner.100", "owner.99"]);
});

test("whatever keepers read and claim in whatever order, each generation has one owner for good", async () => {
  const step = fc.record({ who: fc.integer({ min: 0, max: 2 }), what: fc.constantFrom("read", "claim") });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await rm(directory, { recursive: true, force: true });
      const files = new OwnerFiles(directory);
      const read = [0, 0, 0];
      const winners = new Map<number, string>();
      for (const { who, what } of steps) {
        const generation = read[who] ?? 0;
        if (what === "read") {
          read[who] = files.current().generation;
        } else if (files.claim(generation, owner(`agent-${who}`))) {
          expect(winners.has(generation + 1)).toBe(false);
          winners.set(generation + 1, `agent-${who}`);
        }
        const now = files.current();
        if (now.generation > 0) expect(now.owner?.instance).toBe(winners.get(now.generation));
      }
    }),
    { numRuns: 50 },
  );
});
