import type { NodeView, ViewedPod } from "./node-view.ts";

/** What STS said of the role itself, which another server's older credentials must not get round. */
const OF_THE_ROLE: ReadonlySet<string> = new Set(["sts-access-denied", "sts-invalid-request"]);

/** Credentials that a pod was granted and this node does not have. */
export interface Lack {
  readonly assumptionKey: string;
  /** One of the pods that are granted them; whoever asks for it asks for them all. */
  readonly pod: ViewedPod;
  /** Whether the server that feeds this node still asks STS for them, as far as is known. */
  readonly isPending: boolean;
}

/**
 * What pods of this node were granted, and has not come for a reason that may be their server's alone: STS has not answered
 * it yet, throttles it or cannot be reached from it, or what was held has expired. Each assumption once.
 */
export function lacking(view: NodeView, nowMs: number): ReadonlyMap<string, Lack> {
  const lacks = new Map<string, Lack>();
  for (const pod of view.pods()) {
    if (pod.grant.kind !== "granted") continue;
    const standing = view.standing(pod.uid, nowMs);
    const isPending = standing.kind === "pending";
    const isFailed = standing.kind === "failed" && !OF_THE_ROLE.has(standing.reason);
    const { assumptionKey } = pod.grant;
    if (isPending || isFailed) lacks.set(assumptionKey, { assumptionKey, pod, isPending });
  }
  return lacks;
}
