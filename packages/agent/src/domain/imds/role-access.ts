import type { Credentials } from "../credentials/credentials.ts";
import type { GrantedRole, Standing } from "../credentials/standing.ts";
import { handedOutExpirationMs } from "./documents.ts";
import type { RefusedOutcome } from "./response.ts";

/** Whether a source may have credentials right now. */
export type RoleAccess =
  | {
      readonly kind: "ready";
      readonly role: GrantedRole;
      readonly credentials: Credentials;
      /** What to tell the client, milliseconds since 1970. */
      readonly expirationMs: number;
    }
  | { readonly kind: "refused"; readonly outcome: RefusedOutcome }
  /** It may be about to change; `otherwise` when it does not in time. */
  | { readonly kind: "wait"; readonly otherwise: RefusedOutcome };

const refused = (outcome: RefusedOutcome): RoleAccess => ({ kind: "refused", outcome });
const wait = (otherwise: RefusedOutcome): RoleAccess => ({ kind: "wait", otherwise });

export function roleAccess(standing: Standing, nowMs: number): RoleAccess {
  switch (standing.kind) {
    case "unknown-address":
      return wait("address-unknown");
    case "unknown-grant":
      return wait("grant-unknown");
    case "pending":
      return wait("credentials-pending");
    case "host":
      return refused("host-network");
    case "no-role":
      return refused("pod-without-role");
    case "denied":
      return refused("pod-denied");
    case "failed":
      return refused("credentials-failed");
    case "ready": {
      const { role, credentials } = standing;
      const expirationMs = handedOutExpirationMs(credentials, nowMs);
      return expirationMs === undefined
        ? refused("credentials-expired")
        : { kind: "ready", role, credentials, expirationMs };
    }
  }
}
