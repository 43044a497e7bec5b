import type { Pod } from "../../domain/pod/pod.ts";

/** What `kubectl describe` shows an Event with. */
export type EventSubject = { readonly pod: Pick<Pod, "uid" | "namespace" | "name"> } | { readonly node: string };

export type ClusterEvent = EventSubject & {
  /** One word in the form of Kubernetes' own reasons, such as `RoleForbidden`. */
  readonly reason: string;
  readonly message: string;
  /** A section of the documents that explains the reason. */
  readonly link?: string;
  /** `Warning` when absent. */
  readonly type?: "Normal";
};

export interface EventRecorder {
  /** Shows the event on its pod or node where it has not been shown lately. Returns at once and never throws. */
  record(event: ClusterEvent): void;
}
