/**
 * One certificate authority of this release and where in its life it stands. Its certificate is trusted in every phase;
 * only the active one signs.
 *
 * - prepared: on its way to everybody's bundle. `publishedAtMs` is when the bundle was first seen to hold it.
 * - active: signs what is issued now.
 * - retired: signs nothing more, and is trusted until the last certificate it signed is over.
 */
export type AuthorityPhase =
  | { readonly kind: "prepared"; readonly publishedAtMs: number | undefined }
  | { readonly kind: "active"; readonly sinceMs: number }
  | { readonly kind: "retired"; readonly sinceMs: number };

export interface Authority {
  /** Tells it from every other that ever was. */
  readonly id: string;
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
  readonly createdAtMs: number;
  readonly notAfterMs: number;
  readonly phase: AuthorityPhase;
}

/** An authority before it has a place in the life cycle. */
export type NewAuthority = Omit<Authority, "phase">;

export interface AuthorityState {
  /** Rises with every change, so that two states can be told apart and ordered. */
  readonly generation: number;
  readonly authorities: readonly Authority[];
}

export const NO_AUTHORITIES: AuthorityState = { generation: 0, authorities: [] };

export const activeAuthority = ({ authorities }: AuthorityState): Authority | undefined =>
  authorities.find(({ phase }) => phase.kind === "active");

/** What everybody is to trust, as one PEM text; the same state always gives the same text. */
export const bundleOf = ({ authorities }: AuthorityState): string =>
  authorities
    .map(({ certificatePem }) => `${certificatePem.trim()}\n`)
    .sort()
    .join("");
