import type { Clock } from "@rolecall/common/time/clock";
import { Deadline } from "./deadline.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";

/** An API server answers a watch at once, before there is any change to send. */
const ANSWER_MS = 30_000;
/**
 * How much longer than it was asked to an API server may take to end a watch. Until then silence proves nothing: bookmarks
 * come once a minute at best, and not at all where etcd reports no progress. A host that is gone is noticed within a
 * minute all the same, by the keepalive probes of TCP.
 */
const OVERDUE_MS = 30_000;

export interface WatchStreamOptions {
  readonly api: KubernetesApi;
  readonly path: string;
  /** Changes since this one are sent. */
  readonly version: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onOpen: () => void;
  readonly onLine: (line: string) => void;
}

/**
 * Watches until the server ends it.
 *
 * @returns `silent` when nothing came for so long that whoever holds the other end must be dead
 * @throws what the API server, the network, `onLine` or the signal threw
 */
export async function watchStream(options: WatchStreamOptions, signal: AbortSignal): Promise<"closed" | "silent"> {
  const { api, path, version, clock, random, onOpen, onLine } = options;
  // Watches that were opened together do not end together.
  const timeoutSeconds = Math.floor(300 + 300 * random());
  const silenceMs = timeoutSeconds * 1_000 + OVERDUE_MS;
  const deadline = new Deadline(clock, ANSWER_MS, signal);
  const onChunk = () => deadline.move(silenceMs);
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds };
  try {
    const chunks = await api.stream({ path, query, signal: deadline.signal });
    deadline.move(silenceMs);
    onOpen();
    for await (const line of lines(chunks, onChunk)) onLine(line);
    return "closed";
  } catch (error) {
    if (deadline.exceeded) return "silent";
    throw error;
  } finally {
    deadline.cancel();
  }
}

/** The lines of a stream of bytes, wherever its chunks are cut; what follows the last newline is no line. */
export async function* lines(chunks: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of chunks) {
    onChunk();
    const parts = (pending + decoder.decode(chunk, { stream: true })).split("\n");
    pending = parts.pop() ?? "";
    yield* parts.filter((line) => line !== "");
  }
}
