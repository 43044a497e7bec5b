import type { PodFacts } from "./facts.ts";
import { HOP_NAMES, type Hop, type HopName } from "./hop.ts";
import { credentialsHop, feedHop, interceptionHop } from "./node-hops.ts";
import { annotationHop, namespaceHop, roleHop } from "./policy-hops.ts";
import { grantHop, trustHop } from "./server-hops.ts";

const HOPS: Readonly<Record<HopName, (facts: PodFacts) => Hop>> = {
  annotation: annotationHop,
  "namespace policy": namespaceHop,
  role: roleHop,
  trust: trustHop,
  grant: grantHop,
  "node feed": feedHop,
  interception: interceptionHop,
  credentials: credentialsHop,
};

/** Each step from the pod's annotation to its credentials, up to the first that fails: what comes after it says nothing. */
export function walkPod(facts: PodFacts): readonly Hop[] {
  const hops: Hop[] = [];
  for (const name of HOP_NAMES) {
    const hop = HOPS[name](facts);
    hops.push(hop);
    if (hop.outcome === "failed") break;
  }
  return hops;
}
