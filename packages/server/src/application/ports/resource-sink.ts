/** Where a watch delivers what it sees of one kind of object. Calls come in the order of the API server's changes. */
export interface ResourceSink<T> {
  /** The whole of what exists now, after each (re)list. */
  replace(all: readonly T[]): void;
  /** Added or changed. */
  upsert(resource: T): void;
  remove(resource: T): void;
}
