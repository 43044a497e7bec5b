import type { AuthorityState } from "../../domain/pki/authority.ts";

export type StoredAuthorities =
  | { readonly kind: "found"; readonly state: AuthorityState; readonly version: string }
  | { readonly kind: "missing" }
  /** Something is there that nobody can use. */
  | { readonly kind: "unreadable"; readonly version: string; readonly problem: string };

/** Where the authorities and their keys are kept for all servers of the release. */
export interface AuthorityStore {
  /** @throws when it cannot be asked */
  read(signal: AbortSignal): Promise<StoredAuthorities>;
  /**
   * @param version which one is replaced; undefined where there is none
   * @returns false where somebody else has written meanwhile, and nothing was changed
   * @throws when it cannot be asked
   */
  write(state: AuthorityState, version: string | undefined, signal: AbortSignal): Promise<boolean>;
}
