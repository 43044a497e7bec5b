import type { Credentials } from "./credentials.ts";

/** What one address on this node may have right now. */
export type Standing =
  /** No pod of this node is known to own the address. */
  | { readonly kind: "unknown-address" }
  /** The address belongs to the node itself: a process of the host, or a pod on the host network. */
  | { readonly kind: "host" }
  /** The pod is known by its address, but no grant has come yet. */
  | { readonly kind: "unknown-grant"; readonly podUid: string }
  /** The pod carries no role annotation. */
  | { readonly kind: "no-role"; readonly podUid: string }
  | { readonly kind: "denied"; readonly podUid: string; readonly reason: string }
  /** Granted, and STS has not answered yet. */
  | { readonly kind: "pending"; readonly podUid: string; readonly role: GrantedRole }
  /** Granted, and STS refuses or cannot be reached, and no credentials that still live are held. */
  | { readonly kind: "failed"; readonly podUid: string; readonly role: GrantedRole; readonly reason: string }
  | { readonly kind: "ready"; readonly podUid: string; readonly role: GrantedRole; readonly credentials: Credentials };

export interface GrantedRole {
  /** The last segment of the role ARN's path: what the role list shows. */
  readonly name: string;
  readonly arn: string;
}
