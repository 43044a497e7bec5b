import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A directory as kubelet mounts a Secret or ConfigMap: the names are links through `..data`, which is pointed at another
 * directory when the object changes, so that a reader sees all of the old or all of the new.
 * Source: pkg/volume/util/atomic_writer.go of Kubernetes.
 */
export class ProjectedVolume {
  readonly #directory: string;
  #generation = 0;
  #names: ReadonlySet<string> = new Set();

  constructor(directory: string, files: Readonly<Record<string, string>>) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
    this.write(files);
  }

  /** Replaces every file at once. */
  write(files: Readonly<Record<string, string>>): void {
    const last = join(this.#directory, this.#name());
    this.#generation += 1;
    const next = join(this.#directory, this.#name());
    mkdirSync(next);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(next, name), content, { mode: 0o600 });
    const link = join(this.#directory, "..data_tmp");
    symlinkSync(this.#name(), link);
    renameSync(link, join(this.#directory, "..data"));
    rmSync(last, { recursive: true, force: true });
    const names = new Set(Object.keys(files));
    for (const name of names) if (!this.#names.has(name)) symlinkSync(join("..data", name), this.file(name));
    for (const name of this.#names) if (!names.has(name)) rmSync(this.file(name));
    this.#names = names;
  }

  file(name: string): string {
    return join(this.#directory, name);
  }

  #name(): string {
    return `..generation-${this.#generation}`;
  }
}
