import type { Assumption } from "../../domain/credentials/assumption.ts";
import type { StsFailure } from "../../domain/credentials/assumption-state.ts";
import type { Credentials } from "../../domain/credentials/credentials.ts";

export type StsAnswer =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | { readonly kind: "failure"; readonly failure: StsFailure };

export interface Sts {
  /** Asks once, within the edge's own deadline; never rejects. The signal ends the call when the process stops. */
  assumeRole(assumption: Assumption, signal: AbortSignal): Promise<StsAnswer>;
}
