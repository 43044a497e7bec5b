import type { TlsMaterial } from "./tls-material.ts";

/** Where a process has its TLS material from, as it changes over the process's life. */
export interface TlsMaterialSource {
  /** What new handshakes use now; undefined while there is none yet, when none can succeed. */
  readonly current: TlsMaterial | undefined;
  /**
   * Calls the listener with each new material, after `current` is it.
   *
   * @returns ends the subscription
   */
  onChange(listener: (material: TlsMaterial) => void): () => void;
}

/** A source that is told what its material is. */
export class CurrentTlsMaterial implements TlsMaterialSource {
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  #current: TlsMaterial | undefined;

  constructor(initial?: TlsMaterial) {
    this.#current = initial;
  }

  get current(): TlsMaterial | undefined {
    return this.#current;
  }

  set(material: TlsMaterial): void {
    this.#current = material;
    for (const listener of [...this.#listeners]) listener(material);
  }

  onChange(listener: (material: TlsMaterial) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
