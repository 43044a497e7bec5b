import type { AttestationRefusal } from "../../domain/node/attestation.ts";
import type { AuthorityChange } from "../../domain/pki/authority-cycle.ts";

export type AuthorityEvent =
  | AuthorityChange
  /** They were lost, and a server that still knew them has written them down again. */
  | "restored"
  /** The bundle that nodes read was not what it should be. */
  | "bundle-published";

export type IssueRefusal =
  | AttestationRefusal
  | "certificate-request-malformed"
  | "too-many-certificates"
  | "too-many-refusals"
  | "no-authority"
  | "api-server-unavailable";

export interface PkiRecorder {
  authoritiesChanged(event: AuthorityEvent): void;
  /** A look at the authorities failed: the API server, or the rights there. */
  authoritiesUnknown(): void;
  certificateAsked(outcome: "issued" | IssueRefusal): void;
}
