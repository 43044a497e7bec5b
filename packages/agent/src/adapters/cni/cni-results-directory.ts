import { constants, type Stats } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { DirectoryChanges } from "@rolecall/common/files/directory-changes";
import { readCapped } from "@rolecall/common/files/read-capped";
import type { Clock } from "@rolecall/common/time/clock";
import type { LocalResults, LocalResultsListener } from "../../application/ports/local-results.ts";
import type { LocalSourceState } from "../../domain/address/address-report.ts";

export interface CniResultsDirectoryOptions {
  /** `/var/lib/cni/results`, or where the node's runtime keeps libcni's cache. */
  readonly directory: string;
  readonly clock: Clock;
}

/** Events do the work; this catches what a full inotify queue dropped. */
const RESCAN_MS = 10_000;
/** How often to look where events cannot tell. */
const BLIND_RESCAN_MS = 1_000;
/** A result with its network configuration takes a few kilobytes. */
const MAX_BYTES = 256 * 1024;

/** Follows libcni's result cache, in whatever order the directory, its files and this process come and go. */
export class CniResultsDirectory implements LocalResults {
  readonly #directory: string;
  readonly #clock: Clock;

  constructor({ directory, clock }: CniResultsDirectoryOptions) {
    this.#directory = directory;
    this.#clock = clock;
  }

  async follow(listener: LocalResultsListener, signal: AbortSignal): Promise<void> {
    const tell = tellOnce(listener);
    while (!signal.aborted) {
      const changes = new DirectoryChanges();
      try {
        changes.watchName(this.#directory);
        // Watched before it is read, so that no file can slip in between.
        const unwatched = changes.watchFiles(this.#directory);
        const found = await find(this.#directory);
        if (found.kind === "unavailable") {
          tell(found);
          listener.caughtUp();
          await changes.next(this.#clock, BLIND_RESCAN_MS, signal);
        } else {
          tell(unwatched === undefined ? { kind: "followed" } : { kind: "unwatched", detail: unwatched });
          const everyMs = unwatched === undefined ? RESCAN_MS : BLIND_RESCAN_MS;
          await this.#readUntilReplaced(found.inode, changes, everyMs, listener, signal);
        }
      } finally {
        changes.close();
      }
    }
  }

  async #readUntilReplaced(
    inode: number,
    changes: DirectoryChanges,
    everyMs: number,
    listener: LocalResultsListener,
    signal: AbortSignal,
  ): Promise<void> {
    const results = new ResultFiles(this.#directory, listener);
    await results.readChanged();
    listener.caughtUp();
    while (!signal.aborted) {
      const { files, everything, replaced } = await changes.next(this.#clock, everyMs, signal);
      if (signal.aborted) return;
      if (everything || replaced) {
        const found = await find(this.#directory);
        if (replaced || found.kind === "unavailable" || found.inode !== inode) break;
        await results.readChanged();
      }
      for (const file of files) await results.read(file);
      listener.caughtUp();
    }
    if (!signal.aborted) results.forget();
  }
}

/** The files of one incarnation of the directory. */
class ResultFiles {
  readonly #directory: string;
  readonly #listener: LocalResultsListener;
  /** What each file looked like when it was last delivered; undefined for one to be delivered again. */
  readonly #seen = new Map<string, string | undefined>();

  constructor(directory: string, listener: LocalResultsListener) {
    this.#directory = directory;
    this.#listener = listener;
  }

  async readChanged(): Promise<void> {
    const files = await readdir(this.#directory).catch(() => []);
    for (const file of new Set([...files, ...this.#seen.keys()])) await this.read(file, this.#seen.get(file));
  }

  async read(file: string, unlessSignature?: string): Promise<void> {
    const read = await readCapped(join(this.#directory, file), MAX_BYTES, unlessSignature);
    switch (read.kind) {
      case "unchanged":
      case "no-file":
        return;
      case "absent":
        if (this.#seen.delete(file)) this.#listener.removed(file);
        return;
      case "too-large":
        this.#seen.set(file, read.signature);
        this.#listener.unreadable(file, "too-large", `${read.bytes} bytes; at most ${MAX_BYTES} are read`);
        return;
      case "unreadable":
        this.#seen.set(file, undefined);
        this.#listener.unreadable(file, "unreadable", read.detail);
        return;
      case "text": {
        const settled = this.#listener.written(file, read.text, read.writtenAtMs);
        this.#seen.set(file, settled ? read.signature : undefined);
      }
    }
  }

  forget(): void {
    for (const file of this.#seen.keys()) this.#listener.removed(file);
  }
}

type Found =
  | { readonly kind: "present"; readonly inode: number }
  | (LocalSourceState & { readonly kind: "unavailable" });

async function find(directory: string): Promise<Found> {
  try {
    const stats: Stats = await stat(directory);
    if (!stats.isDirectory()) return { kind: "unavailable", detail: `${directory} is no directory` };
    await access(directory, constants.R_OK | constants.X_OK);
    return { kind: "present", inode: stats.ino };
  } catch (error) {
    return { kind: "unavailable", detail: errorMessage(error) };
  }
}

function tellOnce(listener: LocalResultsListener): (state: LocalSourceState) => void {
  let told: string | undefined;
  return (state) => {
    const text = JSON.stringify(state);
    if (text !== told) listener.source(state);
    told = text;
  };
}
