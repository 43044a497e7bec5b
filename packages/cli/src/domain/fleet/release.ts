/** A pod of ours, server or agent. */
export interface ReleasePod {
  readonly name: string;
  readonly node: string | undefined;
  readonly ready: boolean;
  /** From its label `app.kubernetes.io/version`. */
  readonly version: string | undefined;
  /** Why it is not ready, as kubelet or its container says; undefined where it is or nobody says. */
  readonly problem: string | undefined;
}
