import { join } from "node:path";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { DirectoryChanges } from "@rolecall/common/files/directory-changes";
import { readCapped } from "@rolecall/common/files/read-capped";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type * as z from "zod/mini";
import type { Board, Published } from "../../application/ports/exchange.ts";
import { replaceFile } from "./replace-file.ts";

export interface ExchangeFileOptions<T> {
  /** Shared by the containers of one pod, and by nobody else. */
  readonly directory: string;
  readonly name: string;
  readonly schema: z.ZodMiniType<T, unknown>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** inotify tells of every change; this is for a directory that cannot be watched, or is not there yet. */
const LOOK_ANYWAY_MS = 1_000;
/** A thousand times what a node's addresses take would be no report of ours. */
const MAX_BYTES = 4 * 1_024 * 1_024;

/** One thing that keeper and agent tell each other, as a file that is replaced whole. */
export class ExchangeFile<T> implements Board<T>, Published<T> {
  readonly #options: ExchangeFileOptions<T>;
  readonly #path: string;
  #told: string | undefined;

  constructor(options: ExchangeFileOptions<T>) {
    this.#options = options;
    this.#path = join(options.directory, options.name);
  }

  publish(value: T): void {
    try {
      replaceFile(this.#path, JSON.stringify(value));
      this.#told = undefined;
    } catch (error) {
      this.#tell(errorMessage(error), "cannot write to the directory that keeper and agent share, --exchange-dir");
    }
  }

  async follow(listener: (value: T) => void, signal: AbortSignal): Promise<void> {
    const { directory, name, clock } = this.#options;
    let signature: string | undefined;
    while (!signal.aborted) {
      const changes = new DirectoryChanges();
      changes.watchName(directory);
      const unwatched = changes.watchFiles(directory);
      signature = await this.#read(signature, listener);
      while (!signal.aborted) {
        const { files, everything, replaced } = await changes.next(clock, LOOK_ANYWAY_MS, signal);
        if (signal.aborted) break;
        if (everything || files.includes(name)) signature = await this.#read(signature, listener);
        if (replaced || unwatched !== undefined) break;
      }
      changes.close();
    }
  }

  async #read(unless: string | undefined, listener: (value: T) => void): Promise<string | undefined> {
    const read = await readCapped(this.#path, MAX_BYTES, unless);
    switch (read.kind) {
      case "unchanged":
        return unless;
      case "absent":
        return undefined;
      case "text": {
        const parsed = this.#options.schema.safeParse(parseJson(read.text));
        if (parsed.success) {
          this.#told = undefined;
          listener(parsed.data);
        } else {
          const [issue] = parsed.error.issues;
          this.#refuse(`${issue?.path.join(".")}: ${issue?.message}`);
        }
        return read.signature;
      }
      case "too-large":
        this.#refuse(`${read.bytes} bytes; at most ${MAX_BYTES} are read`);
        return read.signature;
      default:
        this.#refuse(read.kind === "unreadable" ? read.detail : "it is no file");
        return undefined;
    }
  }

  #refuse(problem: string): void {
    this.#tell(problem, "what the other process of this pod wrote is of no use; what it said before stays in force");
  }

  #tell(problem: string, message: string): void {
    if (this.#told === problem) return;
    this.#told = problem;
    this.#options.log.error({ file: this.#path, problem }, message);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
