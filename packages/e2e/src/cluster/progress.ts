/** Tells a person what is being done and how long it took. */
export class Progress {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void = (line) => void process.stderr.write(line)) {
    this.#write = write;
  }

  say(line: string): void {
    this.#write(`cluster: ${line}\n`);
  }

  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      const result = await work();
      this.say(`${what} (${seconds(begin)})`);
      return result;
    } catch (error) {
      this.say(`${what}: failed (${seconds(begin)})`);
      throw error;
    }
  }
}

const seconds = (begin: number) => `${((performance.now() - begin) / 1_000).toFixed(1)} s`;
