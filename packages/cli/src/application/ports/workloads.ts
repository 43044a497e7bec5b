import type { Namespace } from "@rolecall/server/domain/namespace/namespace";
import type { Pod } from "@rolecall/server/domain/pod/pod";

/** The pods and namespaces of the cluster. Rejects where the API server refuses or cannot be reached. */
export interface Workloads {
  /** Undefined where there is none. */
  pod(namespace: string, name: string): Promise<Pod | undefined>;
  pods(): Promise<readonly Pod[]>;
  namespace(name: string): Promise<Namespace | undefined>;
  namespaces(): Promise<readonly Namespace[]>;
}
