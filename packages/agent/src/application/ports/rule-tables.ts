import type { RuleFailure } from "../../domain/interception/failures.ts";
import type { Family } from "../../domain/interception/rules.ts";
import type { SavedTables } from "../../domain/interception/saved-rules.ts";

/** The packet filter of one address family in one of the kernel's two iptables backends. */
export interface RuleTables {
  readonly family: Family;
  /** `nft`, `legacy`, or `default` where the image cannot tell. */
  readonly backend: string;
  /** @throws RuleError */
  read(): Promise<SavedTables>;
  /**
   * @param input for `iptables-restore --noflush`
   * @throws RuleError
   */
  apply(input: string): Promise<void>;
}

export interface Netfilter {
  /**
   * Finds the backend that the node's own rules are in.
   *
   * @throws RuleError when none can be used
   */
  open(): Promise<OpenTables>;
}

export interface OpenTables {
  /** IPv4 first; IPv6 wherever the kernel speaks it. */
  readonly kept: readonly RuleTables[];
  /** The backends that are not kept, which may hold rules from before the node changed its own. */
  readonly others: readonly RuleTables[];
}

/** Addresses of the node's loopback interface. */
export interface AliasAddresses {
  /**
   * @returns whether the address had to be added
   * @throws RuleError
   */
  ensure(address: string): Promise<boolean>;
  /** @throws RuleError */
  remove(address: string): Promise<void>;
}

/** A failure with the reason that its edge recognised. */
export class RuleError extends Error {
  override readonly name = "RuleError";
  readonly reason: RuleFailure;

  constructor(reason: RuleFailure, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.reason = reason;
  }
}
