export interface NodeReader {
  /**
   * @returns the UID of the node of this name, undefined where there is none
   * @throws when the API server cannot be asked or the signal aborts
   */
  uidOf(name: string, signal: AbortSignal): Promise<string | undefined>;
}
