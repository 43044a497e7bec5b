/** Something that happens again and again, and that parts of a process want to hear of while they live. */
export class Announcement {
  readonly #listeners = new Set<() => void>();

  /** @returns ends the subscription */
  readonly on = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tells every listener, in the order they came. */
  announce(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
