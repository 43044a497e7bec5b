import type { TokenPolicy } from "../imds/token-policy.ts";
import type { Credentials } from "./credentials.ts";

/** What is known of a pod whose grant has come. */
interface KnownPod {
  readonly podUid: string;
  /** What its namespace says of session tokens; undefined where it does not say. */
  readonly namespaceTokens?: TokenPolicy | undefined;
}

/** What one address on this node may have right now. */
export type Standing =
  /** No pod of this node is known to own the address. */
  | { readonly kind: "unknown-address" }
  /** The address belongs to the node itself: a process of the host, or a pod on the host network. */
  | { readonly kind: "host" }
  /** The pod is known by its address, but no grant has come yet. */
  | { readonly kind: "unknown-grant"; readonly podUid: string }
  /** The pod carries no role annotation. */
  | ({ readonly kind: "no-role" } & KnownPod)
  | ({ readonly kind: "denied"; readonly reason: string } & KnownPod)
  /** Granted, and STS has not answered yet. */
  | ({ readonly kind: "pending"; readonly role: GrantedRole } & KnownPod)
  /** Granted, and STS refuses or cannot be reached, and no credentials that still live are held. */
  | ({ readonly kind: "failed"; readonly role: GrantedRole; readonly reason: string } & KnownPod)
  | ({ readonly kind: "ready"; readonly role: GrantedRole; readonly credentials: Credentials } & KnownPod);

export interface GrantedRole {
  /** The last segment of the role ARN's path: what the role list shows. */
  readonly name: string;
  readonly arn: string;
}
