import type { ServerResponse } from "node:http";
import type { Clock } from "@rolecall/common/time/clock";
import { Condition } from "../control/condition.ts";
import type { Connections } from "../http/connections.ts";
import { type Selection, selects } from "./list.ts";
import type { KubernetesObject } from "./object.ts";
import type { Change, ObjectStore } from "./object-store.ts";
import { apiVersionOf, type ResourceName } from "./resources.ts";
import type { Selector } from "./selectors.ts";
import { failure, type Status, watchExpired } from "./status.ts";

export interface WatchRequest extends Selection {
  /** Only later changes are sent; 0 sends the present state first. */
  readonly fromVersion: number;
  readonly allowBookmarks: boolean;
  /** Ends the stream after that many seconds of the clock; 0 for never. */
  readonly timeoutSeconds: number;
}

interface Stream {
  readonly request: WatchRequest;
  readonly response: ServerResponse;
  readonly isSelected: Selector;
  /** The version up to which everything has been sent; undefined until the present state was sent. */
  sentVersion: number | undefined;
}

/** The open watches, and how they misbehave. Where a resource can be given, leaving it out means all of them. */
export class WatchStreams {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #connections: Connections;
  readonly #streams = new Set<Stream>();
  readonly #paused = new Set<string>();
  readonly #opened = new Condition();

  constructor(store: ObjectStore, clock: Clock, connections: Connections) {
    this.#store = store;
    this.#clock = clock;
    this.#connections = connections;
  }

  /** Answers a watch and keeps it up to date until either side ends it. */
  open(request: WatchRequest, response: ServerResponse): void {
    // Whoever asked may have left while the request was held back, and then no "close" comes any more.
    if (response.destroyed || response.socket?.destroyed) return;
    const { fromVersion, timeoutSeconds } = request;
    const stream: Stream = {
      request,
      response,
      isSelected: selects(request),
      sentVersion: fromVersion === 0 ? undefined : fromVersion,
    };
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
    response.flushHeaders();
    this.#streams.add(stream);
    const cancelTimeout =
      timeoutSeconds > 0 ? this.#clock.setTimer(timeoutSeconds * 1_000, () => this.#timeOut(stream)) : () => {};
    response.once("close", () => {
      cancelTimeout();
      this.#streams.delete(stream);
    });
    this.#deliver(stream);
    this.#opened.changed();
  }

  /** How many watches are open. */
  count(resource?: ResourceName): number {
    return this.#of(resource).length;
  }

  /** Resolves when at least `count` watches are open. */
  whenOpen(resource?: ResourceName, count = 1): Promise<void> {
    return this.#opened.when(() => this.count(resource) >= count);
  }

  /** Sends every watch what has happened since it was last sent something. */
  deliver(): void {
    for (const stream of [...this.#streams]) this.#deliver(stream);
  }

  /** To be called after a compaction: only watches that are paused have missed anything. */
  skipCompacted(): void {
    for (const stream of this.#streams) {
      if (!this.#isPaused(stream) && stream.sentVersion !== undefined) stream.sentVersion = this.#store.resourceVersion;
    }
  }

  /** Holds events back, as a watch cache that lags behind. New watches are accepted and stay silent. */
  pause(resource?: ResourceName): void {
    this.#paused.add(resource ?? "*");
  }

  /** Sends what was held back; a watch that a compaction has overtaken gets its 410 now. */
  resume(resource?: ResourceName): void {
    if (resource === undefined) this.#paused.clear();
    else this.#paused.delete(resource);
    this.deliver();
  }

  /** Sends a bookmark to the watches that asked for them and are not paused. */
  bookmark(resource?: ResourceName): void {
    for (const stream of this.#of(resource)) this.#bookmark(stream);
  }

  /** Ends the watches: cleanly, as a server that shuts down, or with a TCP reset. */
  cut(how: "end" | "reset" = "end", resource?: ResourceName): void {
    for (const stream of this.#of(resource)) {
      if (how === "end") this.#end(stream);
      else if (stream.response.socket) this.#connections.reset(stream.response.socket);
    }
  }

  /** Sends an ERROR event, by default the 410 of a version that is too old, and ends the watches. */
  fail(code = 410, message = "too old resource version", resource?: ResourceName): void {
    for (const stream of this.#of(resource)) this.#end(stream, failure(code, message));
  }

  /** Sends a line that is no JSON; the watches stay open. */
  sendMalformedLine(resource?: ResourceName): void {
    for (const { response } of this.#of(resource)) response.write('{"type":"MODIFIED","object":{"kind":"Pod",\n');
  }

  #of(resource: ResourceName | undefined): readonly Stream[] {
    return [...this.#streams].filter(({ request }) => resource === undefined || request.resource.plural === resource);
  }

  #isPaused({ request }: Stream): boolean {
    return this.#paused.has("*") || this.#paused.has(request.resource.plural);
  }

  #deliver(stream: Stream): void {
    if (this.#isPaused(stream)) return;
    const { request, isSelected } = stream;
    if (stream.sentVersion === undefined) {
      for (const object of this.#store.list(request.resource.plural as ResourceName)) {
        if (isSelected(object)) send(stream, "ADDED", object);
      }
    } else if (stream.sentVersion < this.#store.compactedVersion) {
      this.#end(stream, watchExpired(stream.sentVersion, this.#store.resourceVersion));
      return;
    } else {
      for (const change of this.#store.changesAfter(stream.sentVersion)) {
        if (change.resource === request.resource.plural) sendChange(stream, change);
      }
    }
    stream.sentVersion = Math.max(stream.sentVersion ?? 0, this.#store.resourceVersion);
  }

  #bookmark(stream: Stream): void {
    const { request, sentVersion } = stream;
    if (!request.allowBookmarks || sentVersion === undefined || this.#isPaused(stream)) return;
    send(stream, "BOOKMARK", {
      kind: request.resource.kind,
      apiVersion: apiVersionOf(request.resource),
      metadata: { resourceVersion: String(sentVersion) },
      ...request.resource.bookmarkFields,
    });
  }

  #timeOut(stream: Stream): void {
    this.#bookmark(stream);
    this.#end(stream);
  }

  /** Forgets the stream at once: nothing may be written between its end and its `close` event. */
  #end(stream: Stream, last?: Status): void {
    this.#streams.delete(stream);
    if (last) send(stream, "ERROR", last);
    stream.response.end();
  }
}

/** An object that begins or ceases to be selected is added or deleted as far as the watch is concerned. */
function sendChange(stream: Stream, { type, object, before }: Change): void {
  const isNow = type !== "DELETED" && stream.isSelected(object);
  const was = before !== undefined && stream.isSelected(before);
  if (isNow) send(stream, was ? "MODIFIED" : "ADDED", object);
  else if (was && before) {
    const { resourceVersion } = object.metadata;
    send(stream, "DELETED", { ...before, metadata: { ...before.metadata, resourceVersion } });
  }
}

function send({ response }: Stream, type: string, object: KubernetesObject | object): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}
