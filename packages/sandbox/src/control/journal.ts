import { Condition } from "./condition.ts";

/** What a stand-in was asked, in order, for assertions and for waiting until it has been asked. */
export class Journal<T> {
  readonly #entries: T[] = [];
  readonly #recorded = new Condition();

  record(entry: T): void {
    this.#entries.push(entry);
    this.#recorded.changed();
  }

  /** In order of arrival. */
  get entries(): readonly T[] {
    return this.#entries;
  }

  count(matches: (entry: T) => boolean = () => true): number {
    return this.#entries.filter(matches).length;
  }

  /** Resolves when at least `count` matching entries have been recorded since the start or the last `clear`. */
  whenCount(count: number, matches?: (entry: T) => boolean): Promise<void> {
    return this.#recorded.when(() => this.count(matches) >= count);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
