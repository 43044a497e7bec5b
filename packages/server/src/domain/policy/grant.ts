import type { DeniedReason } from "@rolecall/common/reasons/reasons";
import type { Assumption } from "../credentials/assumption.ts";

/** The verdict on one pod: whether it may have credentials, and by which assumption. */
export type Grant =
  | { readonly kind: "granted"; readonly assumption: Assumption }
  | Denied
  /** The pod asks for no role. */
  | { readonly kind: "none" };

export interface Denied {
  readonly kind: "denied";
  readonly reason: DeniedReason;
  /** For people: what is wrong and what to change. Holds no external id. */
  readonly detail: string;
}

export const denied = (reason: DeniedReason, detail: string): Denied => ({ kind: "denied", reason, detail });
