import type { Assumption } from "../../domain/credentials/assumption.ts";
import type { AssumptionState } from "../../domain/credentials/assumption-state.ts";
import type { CertificateStatus, ServerStatus } from "../../domain/fleet/fleet-report.ts";
import type { Namespace } from "../../domain/namespace/namespace.ts";
import type { Pod } from "../../domain/pod/pod.ts";
import type { Grant } from "../../domain/policy/grant.ts";
import type { ReportedNode } from "../node-reports.ts";
import type { OpenFeed } from "./open-feeds.ts";
import type { RecentRefusal } from "./recent-refusals.ts";
import type { RefusedPeer } from "./refused-peers.ts";

/** Where the queries of the local API read. Each is asked anew for each query. */
export interface FleetSources {
  readonly about: () => ServerStatus;
  readonly pods: () => Iterable<Pod>;
  readonly namespace: (name: string) => Namespace | undefined;
  readonly decide: (pod: Pod) => Grant;
  readonly assumptions: () => Iterable<{ readonly assumption: Assumption; readonly state: AssumptionState }>;
  readonly feeds: () => Iterable<OpenFeed>;
  readonly reports: () => Iterable<ReportedNode>;
  readonly certificates: () => readonly CertificateStatus[];
  readonly refusals: () => readonly RecentRefusal[];
  /** Why a connection or call from an address of the node was refused last; undefined where none was lately. */
  readonly refusedAgent: (node: string) => RefusedPeer | undefined;
}
