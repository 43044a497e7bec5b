/**
 * All that is kept of a pod. The watch projects each object to this on arrival, so that memory follows the record and
 * not the object.
 */
export interface Pod {
  readonly uid: string;
  /** `metadata.resourceVersion`, where that is a number as every API server has it: higher for what is later; 0 where not. */
  readonly version: number;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string;
  /** `spec.nodeName`; undefined until the pod is scheduled. */
  readonly node: string | undefined;
  /** `status.podIPs`. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
  /** `status.phase` is Succeeded or Failed: its containers have ended for good and its addresses may be another's. */
  readonly finished: boolean;
  readonly annotations: PodAnnotations;
}

/** Our annotations as written, unchecked; undefined where absent. */
export interface PodAnnotations {
  readonly role: string | undefined;
  readonly sessionName: string | undefined;
  readonly externalId: string | undefined;
  readonly sessionDuration: string | undefined;
}

export const POD_ANNOTATIONS = {
  role: "iam.amazonaws.com/role",
  sessionName: "iam.amazonaws.com/session-name",
  externalId: "iam.amazonaws.com/external-id",
  sessionDuration: "iam.amazonaws.com/session-duration",
} as const satisfies Record<keyof PodAnnotations, string>;
