import type { AliasAddresses } from "../../src/application/ports/rule-tables.ts";

export class FakeAliases implements AliasAddresses {
  readonly present = new Set<string>();
  failure: Error | undefined;

  async ensure(address: string): Promise<boolean> {
    if (this.failure) throw this.failure;
    const wasMissing = !this.present.has(address);
    this.present.add(address);
    return wasMissing;
  }

  async remove(address: string): Promise<void> {
    this.present.delete(address);
  }
}
