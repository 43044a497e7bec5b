export interface NodeTaints {
  /**
   * Takes every taint with a key from a node, and no other.
   *
   * @returns whether there was one
   * @throws when the API server cannot be asked, refuses, or the signal aborts
   */
  remove(node: string, key: string, signal: AbortSignal): Promise<boolean>;
}
