import { hostname } from "node:os";
import type { Readiness } from "@rolecall/common/health/readiness";
import type { RemoteClock } from "@rolecall/common/time/remote-clock";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import { VERSION } from "@rolecall/common/version";
import type { CredentialStore } from "./application/credential-store.ts";
import type { FleetSources } from "./application/fleet/fleet-sources.ts";
import type { OpenFeeds } from "./application/fleet/open-feeds.ts";
import type { RecentRefusals } from "./application/fleet/recent-refusals.ts";
import { addressesOfNode, type RefusedPeers } from "./application/fleet/refused-peers.ts";
import type { NodeReports } from "./application/node-reports.ts";
import type { Serving } from "./application/serving.ts";
import { certificateStatus } from "./domain/fleet/certificate-status.ts";
import type { NamespaceInventory } from "./domain/namespace/namespace-inventory.ts";
import type { PodInventory } from "./domain/pod/pod-inventory.ts";
import type { GrantRules } from "./domain/policy/decide-grant.ts";
import { rolePrefix } from "./domain/role/role-reference.ts";

export interface FleetOptions {
  readonly region: string;
  readonly startedAtMs: number;
  readonly serving: Serving;
  readonly readiness: Readiness;
  /** The rules of grants, which change once: when the server learns its account. */
  readonly rules: () => GrantRules;
  /** Who the server is to AWS; undefined until STS has said it. */
  readonly callerArn: () => string | undefined;
  readonly pods: PodInventory;
  readonly namespaces: NamespaceInventory;
  readonly decide: FleetSources["decide"];
  readonly credentials: CredentialStore;
  readonly feeds: OpenFeeds;
  readonly reports: NodeReports;
  readonly refusals: RecentRefusals;
  readonly refusedPeers: RefusedPeers;
  readonly tls: TlsMaterialSource;
  readonly awsClock: RemoteClock;
}

/** What the status page and the command are told of this server. */
export function fleetSources(options: FleetOptions): FleetSources {
  const { serving, readiness, pods, namespaces, decide, credentials, feeds, reports, refusals, tls, awsClock } =
    options;
  return {
    about: () => {
      const rules = options.rules();
      const callerArn = options.callerArn();
      return {
        name: hostname(),
        version: VERSION,
        startedAt: new Date(options.startedAtMs).toISOString(),
        serving: serving.isServing,
        problems: Object.fromEntries(readiness.problems()),
        region: options.region,
        ...(rules.baseArn && { roleBaseArn: rolePrefix(rules.baseArn) }),
        ...(callerArn !== undefined && { callerArn }),
        defaultDurationSeconds: rules.defaultDurationSeconds,
        maxDurationSeconds: rules.maxDurationSeconds,
        readsAllowedRoles: rules.readsAllowedRoles,
        tagsSessions: rules.sessionTags !== undefined,
        ...(awsClock.isKnown && { clockAheadSeconds: Math.round(awsClock.offsetMs / 1_000) }),
      };
    },
    pods: () => pods.all(),
    namespace: (name) => namespaces.get(name),
    decide,
    assumptions: () => credentials.all(),
    feeds: () => feeds.all(),
    reports: () => reports.all(),
    certificates: () => {
      const { leaf } = tls.current ?? {};
      return leaf ? [certificateStatus("server", leaf.notBeforeMs, leaf.notAfterMs)] : [];
    },
    refusals: () => refusals.all(),
    refusedAgent: (node) => options.refusedPeers.ofAny(addressesOfNode(pods.on(node))),
  };
}
