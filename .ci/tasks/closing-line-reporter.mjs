/** Ends a jest run with one plain line, and fails it in CI when a test was skipped there. */
export default class ClosingLineReporter {
  #skipped = 0;

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites }) {
    this.#skipped = numPendingTests + numTodoTests;
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${this.#skipped} skipped\n`);
  }

  getLastError() {
    if (process.env.CI && this.#skipped > 0)
      return new Error(`${this.#skipped} tests were skipped, which CI does not allow`);
    return undefined;
  }
}
