/** Lets a test wait for a state instead of for time. Whoever changes the state calls `changed`. */
export class Condition {
  readonly #waiting = new Set<() => void>();

  /** Resolves as soon as `holds` answers true, now or after a change. */
  when(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  changed(): void {
    for (const check of [...this.#waiting]) check();
  }
}
