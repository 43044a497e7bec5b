import { withinDeadline } from "./deadline.ts";

/** Above every case that ends. */
const CASE_LIMIT_MS = 6 * 60_000;

export interface ReportOptions {
  readonly write?: (text: string) => void;
  /** A case that takes longer has failed. */
  readonly caseLimitMs?: number;
}

/**
 * Prints each case as it ends and counts them. The closing line, `N passed, N failed`, stands alone on its line: it is
 * what a person or a script looks for.
 */
export class Report {
  readonly #write: (text: string) => void;
  readonly #caseLimitMs: number;
  #passed = 0;
  #failed = 0;

  constructor({ write = (text) => void process.stdout.write(text), caseLimitMs = CASE_LIMIT_MS }: ReportOptions = {}) {
    this.#write = write;
    this.#caseLimitMs = caseLimitMs;
  }

  /**
   * Runs one case; it fails when `check` throws or hangs. Never rejects, so that one failed case does not hide the next.
   *
   * @param title a claim about behaviour
   * @param moreMs what it may take beyond the limit of every case
   */
  async case(title: string, check: () => Promise<void> | void, moreMs = 0): Promise<void> {
    const begin = performance.now();
    const took = () => `${((performance.now() - begin) / 1_000).toFixed(1)} s`;
    try {
      await withinDeadline(title, this.#caseLimitMs + moreMs, check);
      this.#passed += 1;
      this.#write(`ok ${title} (${took()})\n`);
    } catch (error) {
      this.#failed += 1;
      this.#write(`not ok ${title} (${took()})\n${indent(describe(error))}\n`);
    }
  }

  /** A case that could not even begin, such as a suite whose preparation failed. */
  fail(title: string, error: unknown): Promise<void> {
    return this.case(title, () => {
      throw error;
    });
  }

  /**
   * Prints the closing line.
   *
   * @returns the process's exit code: 1 when a case failed, or when there was none
   */
  close(): 0 | 1 {
    this.#write(`${this.#passed} passed, ${this.#failed} failed\n`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${describe(error.cause)}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
