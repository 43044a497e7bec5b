/** How a watch came to its end. */
export type WatchEnd =
  /** By the server, in the ordinary course. */
  | "closed"
  /** The server no longer has the changes since the version that was asked for; everything is listed anew. */
  | "expired"
  /** Nothing was heard for so long that the connection must be dead. */
  | "silent"
  /** It was refused, or its connection broke. */
  | "failed";

/** What the watches of the Kubernetes API count, by the resource's plural name. */
export interface WatchRecorder {
  listed(resource: string, objects: number): void;
  /** A change or a sign of life arrived. */
  heard(resource: string, atMs: number): void;
  watchEnded(resource: string, end: WatchEnd): void;
  /** So many objects or lines could not be read and were skipped. */
  malformed(resource: string, count: number): void;
}
