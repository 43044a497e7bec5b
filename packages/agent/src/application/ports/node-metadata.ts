/** One leaf of the node's own metadata, as the agent itself reads it. */
export type LeafReading =
  | { readonly kind: "found"; readonly body: string }
  /** The node has no such leaf. */
  | { readonly kind: "absent" }
  /** An answer that is none: a redirect, an error, too large. */
  | { readonly kind: "unusable" }
  | { readonly kind: "unreachable" };

export interface NodeMetadata {
  /**
   * Never rejects, and answers within 400 ms.
   *
   * @param path below a version, from the allow-list and nowhere else
   */
  read(path: string): Promise<LeafReading>;
}
