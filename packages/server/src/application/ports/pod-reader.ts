import type { Pod } from "../../domain/pod/pod.ts";

export interface PodReader {
  /**
   * Reads one pod from the API server, past the watch.
   *
   * @returns undefined where no such pod exists
   * @throws when the API server cannot be asked or the signal aborts
   */
  read(namespace: string, name: string, signal: AbortSignal): Promise<Pod | undefined>;
}
