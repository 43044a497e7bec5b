/** Whether the server knows all it must before it may feed agents, and who wants to hear when that changes. */
export class Serving {
  readonly #missing: Set<string>;
  readonly #listeners = new Set<() => void>();

  /** @param needed what must be known; each is `reached` once */
  constructor(needed: readonly string[]) {
    this.#missing = new Set(needed);
  }

  get isServing(): boolean {
    return this.#missing.size === 0;
  }

  reached(what: string): void {
    if (this.#missing.delete(what) && this.isServing) for (const listener of [...this.#listeners]) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
