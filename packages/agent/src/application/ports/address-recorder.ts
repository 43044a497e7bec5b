import type { AddressConflictKind } from "../../domain/address/address-claims.ts";
import type { LocalSourceState, SkipReason } from "../../domain/address/address-report.ts";

/** What is worth counting about who owns an address. */
export interface AddressRecorder {
  /**
   * Once for each file and problem.
   *
   * @param times 1 when absent
   */
  cniResultSkipped(problem: SkipReason, times?: number): void;
  /** Once for each conflict, not for each request it could have touched. */
  addressConflict(kind: AddressConflictKind): void;
  cniResultSource(state: LocalSourceState["kind"]): void;
}
