import type { Namespace } from "@rolecall/server/domain/namespace/namespace";
import type { Pod } from "@rolecall/server/domain/pod/pod";
import type { ReleasePod } from "../fleet/release.ts";

/** What was read, or why it could not be. */
export type Known<T> =
  | { readonly kind: "known"; readonly value: T }
  | { readonly kind: "unknown"; readonly why: string };

export interface ClusterNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:effect`. */
  readonly taints: readonly string[];
}

/** A Deployment or DaemonSet of ours. */
export interface InstalledWorkload {
  readonly desired: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Names of the Secrets that its pods mount. */
  readonly secrets: readonly string[];
}

export interface Right {
  readonly verb: string;
  readonly resource: string;
  /** What it is for. */
  readonly purpose: string;
  readonly isAllowed: boolean;
}

/** All that the checks look at. */
export interface ClusterFacts {
  /** `v1.34.1`. */
  readonly version: string;
  readonly namespace: string;
  /** The labels of the release's namespace; undefined where there is no such namespace. */
  readonly namespaceLabels: Known<Readonly<Record<string, string>> | undefined>;
  readonly rights: Known<readonly Right[]>;
  /** Undefined where there is none. */
  readonly deployment: Known<InstalledWorkload | undefined>;
  readonly daemonSet: Known<InstalledWorkload | undefined>;
  readonly servers: Known<readonly ReleasePod[]>;
  readonly agents: Known<readonly ReleasePod[]>;
  readonly nodes: Known<readonly ClusterNode[]>;
  readonly hasCertManager: Known<boolean>;
  readonly pods: Known<readonly Pod[]>;
  readonly namespaces: Known<readonly Namespace[]>;
}
