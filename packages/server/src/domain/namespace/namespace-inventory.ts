import type { Namespace } from "./namespace.ts";

const POLICIES = ["permitted", "allowedRoles", "imdsTokens"] as const;

/** Every namespace by name, and who wants to hear when one changes. */
export class NamespaceInventory {
  readonly #byName = new Map<string, Namespace>();
  readonly #listeners = new Set<(name: string) => void>();

  get(name: string): Namespace | undefined {
    return this.#byName.get(name);
  }

  /** Calls back with the name of each namespace whose policies came, changed or went; the result ends that. */
  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replace(all: readonly Namespace[]): void {
    const present = new Set(all.map(({ name }) => name));
    for (const namespace of [...this.#byName.values()]) if (!present.has(namespace.name)) this.remove(namespace);
    for (const namespace of all) this.upsert(namespace);
  }

  upsert(namespace: Namespace): void {
    const before = this.#byName.get(namespace.name);
    this.#byName.set(namespace.name, namespace);
    if (!before || POLICIES.some((policy) => before[policy] !== namespace[policy])) this.#tell(namespace.name);
  }

  remove({ name }: Pick<Namespace, "name">): void {
    if (this.#byName.delete(name)) this.#tell(name);
  }

  #tell(name: string): void {
    for (const listener of [...this.#listeners]) listener(name);
  }
}
