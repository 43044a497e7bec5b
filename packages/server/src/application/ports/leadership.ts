/** Which of the servers acts first. More than one may believe it is the one: what they write decides, not this. */
export interface Leadership {
  /**
   * Takes or keeps the lead where that is possible. To be called at regular intervals.
   *
   * @returns whether this server leads
   * @throws when it cannot be asked
   */
  hold(signal: AbortSignal): Promise<boolean>;
}
