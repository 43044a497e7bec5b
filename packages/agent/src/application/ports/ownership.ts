import type { Owner } from "../../domain/interception/handover.ts";

/** What is written down on the node, for all its keepers. */
export interface Owned {
  /** Counts the changes of hands; 0 while there was none. */
  readonly generation: number;
  /** Undefined where there is none, or where what is written cannot be understood. */
  readonly owner: Owner | undefined;
}

export interface Ownership {
  current(): Owned;
  /**
   * Becomes the owner after a generation that was read.
   *
   * @returns whether it did; not so where another keeper was faster
   */
  claim(after: number, owner: Owner): boolean;
}
