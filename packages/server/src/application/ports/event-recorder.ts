import type { Pod } from "../../domain/pod/pod.ts";

export interface PodEvent {
  readonly pod: Pick<Pod, "uid" | "namespace" | "name">;
  /** One word in the form of Kubernetes' own reasons, such as `RoleForbidden`. */
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorder {
  /** Shows a warning on the pod where it has not been shown lately. Returns at once and never throws. */
  record(event: PodEvent): void;
}
