import type { LocalSourceState, UnreadableProblem } from "../../domain/address/address-report.ts";

/** The node's own record of its pods' network attachments: files that come, change and go. */
export interface LocalResults {
  /** Delivers every file, then every change, until the signal aborts. Rejects for nothing but a defect. */
  follow(listener: LocalResultsListener, signal: AbortSignal): Promise<void>;
}

export interface LocalResultsListener {
  /**
   * @param writtenAtMs when the file last changed, milliseconds since 1970
   * @returns whether this text settles the file; one that does not is delivered again later though it did not change
   */
  written(file: string, text: string, writtenAtMs: number): boolean;
  removed(file: string): void;
  unreadable(file: string, problem: UnreadableProblem, detail: string): void;
  /** Called when the state changes, and once at the start. */
  source(state: LocalSourceState): void;
  /** All that had changed has been delivered: time to pass it on. */
  caughtUp(): void;
}
