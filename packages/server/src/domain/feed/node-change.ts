import type { Assumption, AssumptionKey } from "../credentials/assumption.ts";
import type { AssumptionState } from "../credentials/assumption-state.ts";
import type { Namespace } from "../namespace/namespace.ts";
import type { Pod } from "../pod/pod.ts";
import type { Grant } from "../policy/grant.ts";

/** A pod with all that the agent of its node has to know of it. */
export interface FedPod {
  readonly pod: Pod;
  readonly grant: Grant;
  /** What the pod's namespace says of session tokens of the metadata service. */
  readonly namespaceTokens: Namespace["imdsTokens"];
}

/** One thing that an agent has to learn. */
export type NodeChange =
  | { readonly kind: "pod"; readonly fed: FedPod }
  | { readonly kind: "pod-removed"; readonly uid: string }
  | { readonly kind: "assumption"; readonly assumption: Assumption; readonly state: AssumptionState }
  | { readonly kind: "assumption-removed"; readonly key: AssumptionKey };
