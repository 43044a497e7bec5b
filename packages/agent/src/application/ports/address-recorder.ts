import type { AddressConflictKind } from "../../domain/address/address-claims.ts";
import type { CniProblem } from "../../domain/address/cni-result.ts";
import type { LocalSourceState, UnreadableProblem } from "./local-results.ts";

/** What is worth counting about who owns an address. */
export interface AddressRecorder {
  /** Once for each file and problem. */
  cniResultSkipped(problem: CniProblem | UnreadableProblem): void;
  /** Once for each conflict, not for each request it could have touched. */
  addressConflict(kind: AddressConflictKind): void;
  cniResultSource(state: LocalSourceState["kind"]): void;
}
