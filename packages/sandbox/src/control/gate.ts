/** Holds whoever passes while it is shut. */
export class Gate {
  #shut: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  get isShut(): boolean {
    return this.#shut !== undefined;
  }

  /** @returns opens the gate again and lets everyone who waits through */
  shut(): () => void {
    if (!this.#shut) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#shut = { opened: promise, open: resolve };
    }
    return () => this.open();
  }

  open(): void {
    this.#shut?.open();
    this.#shut = undefined;
  }

  /** Resolves at once while the gate is open. */
  async pass(): Promise<void> {
    while (this.#shut) await this.#shut.opened;
  }
}
