import type { Clock } from "@rolecall/common/time/clock";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { SilenceLimit } from "./silence-limit.ts";

/** The API server sends a bookmark about once a minute, whether or not anything changes. */
const SILENCE_MS = 180_000;

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
 * @returns `silent` when nothing came for so long that the connection must be dead
 * @throws what the API server, the network, `onLine` or the signal threw
 */
export async function watchStream(options: WatchStreamOptions, signal: AbortSignal): Promise<"closed" | "silent"> {
  const { api, path, version, clock, random, onOpen, onLine } = options;
  const silence = new SilenceLimit(clock, SILENCE_MS, signal);
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: version,
    // Watches that were opened together do not end together.
    timeoutSeconds: Math.floor(300 + 300 * random()),
  };
  try {
    const chunks = await api.stream({ path, query, signal: silence.signal });
    onOpen();
    for await (const line of lines(chunks, () => silence.heard())) onLine(line);
    return "closed";
  } catch (error) {
    if (silence.exceeded) return "silent";
    throw error;
  } finally {
    silence.stop();
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
