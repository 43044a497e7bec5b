/** What the bench asks of the process that stands in for Kubernetes, STS and the certificates' authority. */
export type ClusterOrder =
  | { readonly order: "populate"; readonly pods: number; readonly nodes: number }
  | { readonly order: "churn"; readonly perSecond: number; readonly durationMs: number }
  | { readonly order: "tokens"; readonly nodes: readonly string[] }
  | { readonly order: "create"; readonly pods: readonly PodOrder[] }
  | { readonly order: "delete"; readonly names: readonly string[] };

export interface PodOrder {
  readonly name: string;
  readonly node: string;
  readonly role: string;
}

/** The first message: where the process keeps its files, and where it listens. */
export interface ClusterReady {
  /** Holds `kubeconfig`, `ca.crt`, and `server` and `agent` `.crt` and `.key`. */
  readonly directory: string;
  readonly stsUrl: string;
}

export interface CreatedPod {
  readonly name: string;
  readonly uid: string;
  /** When the API server sent the change, by {@link monotonicMs}. */
  readonly atMs: number;
}

/** The machine's monotonic clock, which all processes share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The pods of namespace and roles that a measurement uses. */
export const NAMESPACE = "bench";
