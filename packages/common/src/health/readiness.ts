/**
 * What a process still waits for before it is of use. Every part that readiness depends on registers a named check;
 * the process is ready when none of them names a problem.
 */
export class Readiness {
  readonly #problems = new Map<string, string | undefined>();
  readonly #listeners = new Set<() => void>();

  /** Declares a check, not yet passed. */
  expect(check: string, problem: string): void {
    this.#set(check, problem);
  }

  /** Records the outcome of a check; `undefined` passes it. */
  report(check: string, problem: string | undefined): void {
    this.#set(check, problem);
  }

  /** Calls back when the outcome of a check has changed; the result ends the subscription. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The checks that do not pass, in the order they were declared. */
  problems(): ReadonlyMap<string, string> {
    return new Map([...this.#problems].filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  /** Every check with its problem, passed ones included. */
  checks(): ReadonlyMap<string, string | undefined> {
    return this.#problems;
  }

  #set(check: string, problem: string | undefined): void {
    const isNew = !this.#problems.has(check) || this.#problems.get(check) !== problem;
    this.#problems.set(check, problem);
    if (isNew) for (const listener of this.#listeners) listener();
  }
}
