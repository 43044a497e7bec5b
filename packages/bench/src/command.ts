/** One thing that `npm run bench` does. */
export interface Command {
  /** What it is for, one line. */
  readonly purpose: string;
  /**
   * @param argv the arguments after the command's name
   * @throws StartupError when the arguments or this machine do not allow it, or when what it set out to show did not hold
   */
  run(argv: readonly string[], signal: AbortSignal): Promise<void>;
}
