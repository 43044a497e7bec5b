import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { Readiness } from "@rolecall/common/health/readiness";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import { VERSION } from "@rolecall/common/version";
import { localApiServer } from "./adapters/local-api/local-api-server.ts";
import { describeFleet } from "./application/fleet/describe-fleet.ts";
import { describePod } from "./application/fleet/describe-pod.ts";
import type { FleetSources } from "./application/fleet/fleet-sources.ts";
import { OpenFeeds } from "./application/fleet/open-feeds.ts";
import { RecentRefusals } from "./application/fleet/recent-refusals.ts";
import { addressesOfNode, type RefusedPeers } from "./application/fleet/refused-peers.ts";
import { TryAssumption } from "./application/fleet/try-assumption.ts";
import { MissingAgents } from "./application/missing-agents.ts";
import { NodeReports } from "./application/node-reports.ts";
import type { Serving } from "./application/serving.ts";
import type { Aws } from "./composition-aws.ts";
import type { WatchedCluster } from "./composition-cluster.ts";
import type { Grants } from "./composition-grants.ts";
import { certificateStatus } from "./domain/fleet/certificate-status.ts";
import { rolePrefix } from "./domain/role/role-reference.ts";
import type { ServerConfig } from "./options.ts";

export interface FleetOptions {
  readonly config: ServerConfig;
  readonly region: string;
  readonly serving: Serving;
  readonly readiness: Readiness;
  readonly grants: Grants;
  readonly cluster: WatchedCluster;
  readonly aws: Aws;
  readonly refusedPeers: RefusedPeers;
  readonly tls: TlsMaterialSource;
  readonly onListening: ((address: AddressInfo) => void) | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Fleet {
  readonly feeds: OpenFeeds;
  readonly reports: NodeReports;
  readonly refusals: RecentRefusals;
  readonly missingAgents: MissingAgents;
  readonly tasks: readonly Task[];
}

/** What the server knows of its agents, and where the status page and the command ask for it. */
export function createFleet(options: FleetOptions): Fleet {
  const { config, cluster, aws, onListening, clock, log } = options;
  const feeds = new OpenFeeds(clock);
  const reports = new NodeReports(clock, log);
  const refusals = new RecentRefusals(clock);
  const missingAgents = new MissingAgents({
    pods: () => cluster.pods.all(),
    connected: () => feeds.all(),
    reports: () => reports.all(),
    missingAfterMs: config.agentMissingAfter,
    events: cluster.events,
    docsUrl: config.docsUrl,
    clock,
    log,
  });
  const sources = fleetSources(options, { feeds, reports, refusals });
  const attempts = new TryAssumption(sources, aws.stsQueue, clock);
  const localApi = localApiServer({
    address: config.localApiAddress,
    fleet: () => describeFleet(sources),
    pod: (namespace, name) => describePod(sources, namespace, name),
    tryAssumption: (namespace, name, deadline) => attempts.try(namespace, name, deadline),
    ...(onListening && { onListening }),
  });
  return { feeds, reports, refusals, missingAgents, tasks: [missingAgents.run, localApi] };
}

function fleetSources(options: FleetOptions, known: Pick<Fleet, "feeds" | "reports" | "refusals">): FleetSources {
  const { serving, readiness, grants, cluster, aws, tls, region, clock } = options;
  const { awsClock, credentials } = aws;
  const startedAt = new Date(clock.nowMs()).toISOString();
  return {
    about: () => {
      const rules = grants.rules();
      const callerArn = grants.callerArn();
      return {
        name: hostname(),
        version: VERSION,
        startedAt,
        serving: serving.isServing,
        problems: Object.fromEntries(readiness.problems()),
        region,
        ...(rules.baseArn && { roleBaseArn: rolePrefix(rules.baseArn) }),
        ...(callerArn !== undefined && { callerArn }),
        defaultDurationSeconds: rules.defaultDurationSeconds,
        maxDurationSeconds: rules.maxDurationSeconds,
        readsAllowedRoles: rules.readsAllowedRoles,
        tagsSessions: rules.sessionTags !== undefined,
        ...(awsClock.isKnown && { clockAheadSeconds: Math.round(awsClock.offsetMs / 1_000) }),
      };
    },
    pods: () => cluster.pods.all(),
    namespace: (name) => cluster.namespaces.get(name),
    decide: grants.decide,
    assumptions: () => credentials.all(),
    feeds: () => known.feeds.all(),
    reports: () => known.reports.all(),
    certificates: () => {
      const { leaf } = tls.current ?? {};
      return leaf ? [certificateStatus("server", leaf.notBeforeMs, leaf.notAfterMs)] : [];
    },
    refusals: () => known.refusals.all(),
    refusedAgent: (node) => options.refusedPeers.ofAny(addressesOfNode(cluster.pods.on(node))),
  };
}
