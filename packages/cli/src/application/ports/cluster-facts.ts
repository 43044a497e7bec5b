import type { ClusterFacts } from "../../domain/doctor/facts.ts";

export interface ClusterFactsReader {
  /** Rejects only where the cluster cannot be reached at all; what may not be read says so in its place. */
  read(): Promise<ClusterFacts>;
}
