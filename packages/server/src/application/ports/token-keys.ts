/** The keys that the API server signs ServiceAccount tokens with. */
export interface TokenKeys {
  /**
   * Reads them anew. They stay as they were where the API server cannot be asked, and are forgotten where it refuses.
   *
   * @throws when they could not be read
   */
  read(signal: AbortSignal): Promise<void>;
}
