import type {
  AssumptionStatus,
  CertificateStatus,
  FleetReport,
  NodeStatus,
  PodStatus,
  Refusal,
  ServerStatus,
} from "@rolecall/server/domain/fleet/fleet-report";

/** What all servers that answered know together. */
export interface Fleet {
  readonly servers: readonly ServerStatus[];
  readonly nodes: readonly NodeStatus[];
  readonly pods: readonly PodStatus[];
  readonly assumptions: readonly AssumptionStatus[];
  readonly certificates: readonly (CertificateStatus & { readonly server: string })[];
  readonly refusals: readonly Refusal[];
}

/** Each server knows the nodes that are connected to it and what those need; every one knows every pod. */
export function mergeFleets(reports: readonly FleetReport[]): Fleet {
  return {
    servers: reports.map(({ server }) => server),
    nodes: best(
      reports.flatMap(({ nodes }) => nodes),
      ({ node }) => node,
      // An agent that changed its server is still in the old one's memory for some minutes.
      (node) => [node.feed ? 1 : 0, node.report?.at ?? ""],
    ),
    pods: best(
      reports.flatMap(({ pods }) => pods),
      ({ uid }) => uid,
      () => [0, ""],
    ),
    assumptions: best(
      reports.flatMap(({ assumptions }) => assumptions),
      ({ id }) => id,
      ({ expiresAt }) => [expiresAt ? 1 : 0, expiresAt ?? ""],
    ),
    certificates: reports.flatMap(({ server, certificates }) =>
      certificates.map((certificate) => ({ ...certificate, server: server.name })),
    ),
    refusals: reports.flatMap(({ refusals }) => refusals).sort((a, b) => (a.at < b.at ? 1 : -1)),
  };
}

type Rank = readonly [number, string];
const isOver = ([a, aText]: Rank, [b, bText]: Rank) => a > b || (a === b && aText > bText);

/** One of each, the one of the highest rank, in the order of their keys. */
function best<T>(items: readonly T[], key: (item: T) => string, rank: (item: T) => Rank): readonly T[] {
  const byKey = new Map<string, T>();
  for (const item of items) {
    const other = byKey.get(key(item));
    if (other === undefined || isOver(rank(item), rank(other))) byKey.set(key(item), item);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
