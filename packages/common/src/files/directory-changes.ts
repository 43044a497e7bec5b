import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { errorMessage } from "../errors/error-message.ts";
import { type Clock, sleep } from "../time/clock.ts";

/** What happened to a directory since this was last asked. */
export interface Changes {
  readonly files: readonly string[];
  /** Look at everything: time for it, or an event named no file. */
  readonly everything: boolean;
  /** The path may name another directory now, or none. */
  readonly replaced: boolean;
}

/** Gathers inotify events of a directory and of its name in its parent. Closed, it leaves no watch behind. */
export class DirectoryChanges {
  readonly #watchers: FSWatcher[] = [];
  readonly #files = new Set<string>();
  #everything = false;
  #replaced = false;
  #wake: (() => void) | undefined;

  /** Watches for the directory's name to appear, vanish or change hands. Without a parent to watch, time alone tells. */
  watchName(directory: string): void {
    const name = basename(directory);
    this.#watch(dirname(directory), (event, changed) => {
      const concernsName = event === "rename" && changed === name;
      if (concernsName) this.#replaced = true;
      return concernsName;
    });
  }

  /** @returns why the directory cannot be watched */
  watchFiles(directory: string): string | undefined {
    const name = basename(directory);
    return this.#watch(directory, (event, changed) => {
      // libuv reports what befalls the watched directory itself under the directory's own name.
      if (event === "rename" && changed === name) this.#replaced = true;
      else if (changed === null) this.#everything = true;
      else this.#files.add(changed);
      return true;
    });
  }

  /** Waits for a change, or for `atMostMs` to pass, which asks for a look at everything. */
  async next(clock: Clock, atMostMs: number, signal: AbortSignal): Promise<Changes> {
    if (this.#files.size === 0 && !this.#everything && !this.#replaced) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await sleep(clock, atMostMs, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
      if (!woken.signal.aborted) this.#everything = true;
    }
    const changes = { files: [...this.#files], everything: this.#everything, replaced: this.#replaced };
    this.#files.clear();
    this.#everything = false;
    this.#replaced = false;
    return changes;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(path: string, note: (event: string, changed: string | null) => boolean): string | undefined {
    try {
      const watcher = watch(path);
      this.#watchers.push(watcher);
      watcher.on("change", (event, changed) => {
        if (note(event, typeof changed === "string" ? changed : null)) this.#wake?.();
      });
      watcher.on("error", () => {
        this.#replaced = true;
        this.#wake?.();
      });
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }
}
