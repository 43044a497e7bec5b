import type { Assumption, AssumptionKey } from "../credentials/assumption.ts";
import type { AssumptionState } from "../credentials/assumption-state.ts";
import type { Pod } from "../pod/pod.ts";
import type { Grant } from "../policy/grant.ts";

/** One thing that an agent has to learn. */
export type NodeChange =
  | { readonly kind: "pod"; readonly pod: Pod; readonly grant: Grant }
  | { readonly kind: "pod-removed"; readonly uid: string }
  | { readonly kind: "assumption"; readonly assumption: Assumption; readonly state: AssumptionState }
  | { readonly kind: "assumption-removed"; readonly key: AssumptionKey };
