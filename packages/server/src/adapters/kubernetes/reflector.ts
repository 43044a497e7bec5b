import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { ResourceSink } from "../../application/ports/resource-sink.ts";
import type { WatchEnd, WatchRecorder } from "../../application/ports/watch-recorder.ts";
import { Deadline } from "./deadline.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { isGone, refusalStatus } from "./kubernetes-error.ts";
import { listPages } from "./list-pages.ts";
import { readWatchEvent, type WatchEvent } from "./watch-events.ts";
import { WatchProblem } from "./watch-problem.ts";
import { watchStream } from "./watch-stream.ts";
import type { WatchedResource } from "./watched-resource.ts";

const RETRY: Backoff = { baseMs: 200, capMs: 10_000 };
/** A watch that lasted this long or brought anything was no failed attempt. */
const HEALTHY_MS = 10_000;
const PAGE_ANSWER_MS = 30_000;
/**
 * After so many watches in a row that were answered and brought nothing, not even a bookmark, everything is listed anew.
 * An API server whose etcd was restored from a backup accepts a version from before that, which to it is yet to come, and
 * is silent until it has caught up.
 */
const FRUITLESS_WATCHES = 3;

export interface ReflectorOptions<T> {
  readonly api: KubernetesApi;
  readonly resource: WatchedResource<T>;
  readonly sink: ResourceSink<T>;
  readonly recorder: WatchRecorder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Called once, when the sink has been given everything for the first time. */
  readonly onSynced?: () => void;
}

/**
 * Keeps a sink in step with every object of one kind in the cluster: lists, then watches from the list's version, and goes
 * on whatever happens until its signal aborts. client-node's informer ends for good at most errors and keeps whole
 * objects.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #problem: WatchProblem;
  /** Up to which version the sink is; undefined when everything has to be listed. */
  #version: string | undefined;
  #fruitless = 0;
  /** Whether the present watch brought anything. */
  #heard = false;
  #heardAtMs: number;
  #synced = false;
  #staleSinceMs: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#problem = new WatchProblem(options.resource.name, options.log);
    this.#heardAtMs = options.clock.nowMs();
    this.#staleSinceMs = this.#heardAtMs;
  }

  /** Since when changes may have been missed, milliseconds since 1970; undefined while the watch is open. */
  get staleSinceMs(): number | undefined {
    return this.#staleSinceMs;
  }

  readonly run: Task = async (signal) => {
    const { clock, random, recorder, resource } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const startedAtMs = clock.nowMs();
      const listsFirst = this.#version === undefined;
      this.#heard = false;
      const end = await this.#follow(signal);
      if (signal.aborted) return;
      recorder.watchEnded(resource.name, end);
      this.#staleSinceMs ??= end === "silent" ? this.#heardAtMs : clock.nowMs();
      const healthy = this.#heard || clock.nowMs() - startedAtMs >= HEALTHY_MS;
      // A version may well be gone after a while; one that is gone as soon as it was listed is a fault.
      const expected = end === "closed" ? healthy : end === "expired" && (healthy || !listsFirst);
      if (healthy || expected) failures = 0;
      if (expected) continue;
      failures += 1;
      await sleep(clock, backoffDelayMs(RETRY, failures, random), signal);
    }
  };

  /** Lists where that is needed and watches until the watch ends. */
  async #follow(signal: AbortSignal): Promise<WatchEnd> {
    let verb: "list" | "watch" = "list";
    try {
      this.#version ??= await this.#list(signal);
      verb = "watch";
      const end = await this.#watch(this.#version, signal);
      if (!this.#heard) this.#countFruitless();
      return end;
    } catch (error) {
      if (signal.aborted) return "closed";
      if (isGone(error)) {
        this.#version = undefined;
        return "expired";
      }
      this.#problem.met(verb, error);
      if (mayBeOfTheVersion(error)) this.#countFruitless();
      return "failed";
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { api, resource, sink, recorder, clock } = this.#options;
    const { resources, version, malformed } = await listPages(resource, async (query) => {
      const deadline = new Deadline(clock, PAGE_ANSWER_MS, signal);
      try {
        return await api.request({ path: resource.path, query, signal: deadline.signal });
      } finally {
        deadline.cancel();
      }
    });
    if (malformed > 0) recorder.malformed(resource.name, malformed);
    sink.replace(resources);
    recorder.listed(resource.name, resources.length);
    this.#inStep();
    if (!this.#synced) {
      this.#synced = true;
      this.#options.onSynced?.();
    }
    return version;
  }

  #watch(version: string, signal: AbortSignal): Promise<WatchEnd> {
    const { api, resource, clock, random } = this.#options;
    const onLine = (line: string) => this.#take(readWatchEvent(line, resource.project));
    const stream = { api, path: resource.path, version, clock, random, onOpen: () => this.#inStep(), onLine };
    return watchStream(stream, signal);
  }

  #take(event: WatchEvent<T>): void {
    const { resource, recorder, clock } = this.#options;
    if (event.kind === "error") throw event.error;
    if (event.kind === "malformed") {
      recorder.malformed(resource.name, 1);
      return;
    }
    if (event.kind !== "bookmark") this.#deliver(event.kind, event.resource);
    this.#version = event.version ?? this.#version;
    this.#fruitless = 0;
    this.#heard = true;
    this.#heardAtMs = clock.nowMs();
    recorder.heard(resource.name, this.#heardAtMs);
  }

  /** One object that something chokes on must not keep the others from being followed (kiam#519). */
  #deliver(kind: "changed" | "removed", resource: T): void {
    const { sink, log } = this.#options;
    try {
      if (kind === "changed") sink.upsert(resource);
      else sink.remove(resource);
    } catch (error) {
      log.error({ resource: this.#options.resource.name, err: error }, "a change could not be applied");
    }
  }

  #inStep(): void {
    this.#heardAtMs = this.#options.clock.nowMs();
    this.#staleSinceMs = undefined;
    this.#problem.solved();
  }

  #countFruitless(): void {
    this.#fruitless += 1;
    if (this.#fruitless < FRUITLESS_WATCHES) return;
    this.#version = undefined;
    this.#fruitless = 0;
  }
}

/** False for a broken connection, and for a refusal that any version would have met. */
function mayBeOfTheVersion(error: unknown): boolean {
  const status = refusalStatus(error);
  return status !== undefined && ![401, 403, 429].includes(status);
}
