import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import type { Task } from "../lifecycle/run-together.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Clock, sleep } from "../time/clock.ts";
import { lookAtTlsFiles, readTlsFiles, type TlsFiles } from "./tls-files.ts";
import { isSamePem, type TlsMaterial } from "./tls-material.ts";
import { CurrentTlsMaterial, type TlsMaterialSource } from "./tls-material-source.ts";
import type { TlsRecorder } from "./tls-recorder.ts";

export interface FollowedTlsFilesOptions {
  readonly files: TlsFiles;
  readonly clock: Clock;
  readonly recorder: TlsRecorder;
  readonly log: Logger;
}

/** inotify tells of every change of a projected volume; this is for what it cannot see, such as a network file system. */
const LOOK_ANYWAY_MS = 60_000;
/** Files that are written one after the other are not whole at first. */
const HALF_WRITTEN_MS = 1_000;

/**
 * TLS material that follows its files. What cannot be used is never taken: the material in use stays, and one log line
 * and a metric say why.
 */
export class FollowedTlsFiles implements TlsMaterialSource {
  readonly #options: FollowedTlsFilesOptions;
  readonly #material: CurrentTlsMaterial;
  /** What is wrong with the files, from when it was first seen. */
  #problem: { readonly text: string; readonly sinceMs: number; readonly told: boolean } | undefined;
  #wake = () => {};

  /** @throws StartupError where the files cannot be used: there is nothing to keep yet */
  constructor(options: FollowedTlsFilesOptions) {
    this.#options = options;
    this.#material = new CurrentTlsMaterial(readTlsFiles(options.files, options.clock.nowMs()));
  }

  get current(): TlsMaterial | undefined {
    return this.#material.current;
  }

  onChange(listener: (material: TlsMaterial) => void): () => void {
    return this.#material.onChange(listener);
  }

  /** Looks at the files now, and takes what they hold where it is new and can be used. */
  look(): void {
    const { files, clock, log, recorder } = this.#options;
    const nowMs = clock.nowMs();
    const read = lookAtTlsFiles(files, nowMs);
    if (read.kind === "unusable") {
      this.#refuse(read.problems, nowMs);
      return;
    }
    if (this.#problem?.told) recorder.filesUsable(true);
    this.#problem = undefined;
    const { material } = read;
    if (this.current && isSamePem(material, this.current)) return;
    const { notAfterMs, serialNumber } = material.leaf;
    this.#material.set(material);
    recorder.reloaded("taken", nowMs);
    log.info(
      { file: files.certificateFile, serialNumber, notAfter: new Date(notAfterMs).toISOString() },
      "took new TLS material",
    );
  }

  readonly run: Task = async (signal) => {
    const { clock } = this.#options;
    const directories = new Set(Object.values(this.#options.files).map(dirname));
    const watchers = new Map<string, FSWatcher>();
    while (!signal.aborted) {
      const changed = new AbortController();
      this.#wake = () => changed.abort();
      for (const directory of directories) if (!watchers.has(directory)) this.#watch(directory, watchers);
      this.look();
      const waitMs = this.#problem && !this.#problem.told ? HALF_WRITTEN_MS : LOOK_ANYWAY_MS;
      await sleep(clock, waitMs, AbortSignal.any([signal, changed.signal]));
    }
    for (const watcher of watchers.values()) watcher.close();
  };

  #refuse(problems: readonly string[], nowMs: number): void {
    const { log, recorder } = this.#options;
    const text = problems.join("\n");
    if (this.#problem?.text !== text) this.#problem = { text, sinceMs: nowMs, told: false };
    const { told, sinceMs } = this.#problem;
    if (told || nowMs - sinceMs < HALF_WRITTEN_MS) return;
    this.#problem = { text, sinceMs, told: true };
    recorder.reloaded("refused", nowMs);
    recorder.filesUsable(false);
    log.warn({ problems }, "the TLS files cannot be used; the material that was read before stays in use");
  }

  /** A directory that cannot be watched is tried again at the next look. */
  #watch(directory: string, watchers: Map<string, FSWatcher>): void {
    try {
      const watcher = watch(directory);
      watchers.set(directory, watcher);
      watcher.on("change", () => this.#wake());
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(directory);
      });
    } catch {
      // Time alone tells then.
    }
  }
}
