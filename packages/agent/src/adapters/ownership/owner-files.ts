import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Owned, Ownership } from "../../application/ports/ownership.ts";
import type { Owner } from "../../domain/interception/handover.ts";
import { parseOwner } from "./parse-owner.ts";

const NAME = /^owner\.(\d{1,15})$/;

/**
 * The owner of a node's rules, as files `owner.N` in a directory of the node that all its keepers share: the highest N
 * counts. A keeper takes over by making the next one with link(2), which fails where it is there already, and brings the
 * whole content with it: of two that are equally fast one wins, both know which, and nobody reads half a file.
 */
export class OwnerFiles implements Ownership {
  readonly #directory: string;

  /** @param directory is made when something is first written */
  constructor(directory: string) {
    this.#directory = directory;
  }

  current(): Owned {
    const generation = Math.max(0, ...this.#generations());
    return { generation, owner: generation === 0 ? undefined : this.#read(generation) };
  }

  claim(after: number, owner: Owner): boolean {
    mkdirSync(this.#directory, { recursive: true });
    const unfinished = join(this.#directory, `${randomUUID()}.tmp`);
    try {
      writeFileSync(unfinished, JSON.stringify(owner), { mode: 0o644 });
      linkSync(unfinished, this.#fileOf(after + 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      rmSync(unfinished, { force: true });
    }
    // The one before the newest stays: whoever read it a moment ago must not claim its successor's number again.
    for (const generation of this.#generations())
      if (generation < after) rmSync(this.#fileOf(generation), { force: true });
    return this.current().generation === after + 1;
  }

  #generations(): readonly number[] {
    try {
      return readdirSync(this.#directory).flatMap((name) => {
        const number = NAME.exec(name)?.[1];
        return number === undefined ? [] : [Number(number)];
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  #read(generation: number): Owner | undefined {
    try {
      return parseOwner(readFileSync(this.#fileOf(generation), "utf8"));
    } catch {
      return undefined;
    }
  }

  #fileOf = (generation: number): string => join(this.#directory, `owner.${generation}`);
}
