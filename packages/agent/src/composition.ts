import { randomBytes, randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Readiness } from "@rolecall/common/health/readiness";
import { onHangup } from "@rolecall/common/lifecycle/hangup";
import { runAfter, runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { whenPortIsFree } from "@rolecall/common/net/when-port-is-free";
import { observeCredentials } from "@rolecall/common/telemetry/credential-metrics";
import { createLogger, type LeveledLogger, type Logger } from "@rolecall/common/telemetry/logger";
import { opsServer } from "@rolecall/common/telemetry/ops-server";
import { observeProcess } from "@rolecall/common/telemetry/process-metrics";
import { observeCertificates, TlsMetrics } from "@rolecall/common/telemetry/tls-metrics";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { RemoteClock } from "@rolecall/common/time/remote-clock";
import type { CertificateFacts } from "@rolecall/common/tls/certificate-facts";
import { judgePeer } from "@rolecall/common/tls/peer-role";
import { VERSION } from "@rolecall/common/version";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { Registry } from "prom-client";
import type { LookupServers } from "./adapters/broker/server-channel.ts";
import { tokenFile } from "./adapters/broker/token-file.ts";
import { exchange } from "./adapters/exchange/exchange.ts";
import { fullCollection } from "./adapters/node/full-collection.ts";
import { idleCollection } from "./adapters/node/idle-collection.ts";
import { nodeAddresses } from "./adapters/node/node-addresses.ts";
import { AddressMetrics } from "./adapters/telemetry/address-metrics.ts";
import { CertificateMetrics } from "./adapters/telemetry/certificate-metrics.ts";
import { MetadataMetrics } from "./adapters/telemetry/metadata-metrics.ts";
import { observeAgent } from "./adapters/telemetry/observe-agent.ts";
import { openTokenKeys } from "./adapters/token-key/token-keys.ts";
import { instanceMetadata } from "./adapters/upstream/instance-metadata.ts";
import { AnnounceAgent } from "./application/announce-agent.ts";
import { awaitCredentials } from "./application/await-credentials.ts";
import { countReady, countStandings } from "./application/count-standings.ts";
import { awaitFirstFeed } from "./application/feed-readiness.ts";
import { followAddresses, reportConflict } from "./application/follow-addresses.ts";
import { markReadiness } from "./application/mark-readiness.ts";
import { feedAddresses, NodeStandings } from "./application/node-standings.ts";
import type { NodeReport } from "./application/ports/broker.ts";
import type { MetadataRecorder } from "./application/ports/metadata-recorder.ts";
import { type DoorsListening, metadataDoors } from "./composition-doors.ts";
import { seenInterception } from "./composition-interception.ts";
import { serverLinks } from "./composition-servers.ts";
import { nodeTls } from "./composition-tls.ts";
import type { AgentConfig } from "./config.ts";
import { PodAddresses } from "./domain/address/pod-addresses.ts";
import { NodeView } from "./domain/credentials/node-view.ts";

export type { LookupServers };

export interface AgentEdges {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Whether an address is the node's own, shared by all of its processes. */
  readonly isNodeAddress: (address: string) => boolean;
  /** Calls back when the TLS files are to be read and every connection made anew, at once; the result ends that. */
  readonly onRotateNow: (listener: () => void) => () => void;
  /** Finds the addresses of the servers' name; the system's when absent. */
  readonly lookup?: LookupServers;
  readonly variant?: AgentVariant;
}

/** What no setting changes, for measurements of what it costs. */
export interface AgentVariant {
  /** In place of the metrics. */
  readonly recorder?: MetadataRecorder;
  /** See {@link MetadataServerOptions.keepAliveMs}. */
  readonly keepAliveMs?: number;
}

export interface AgentListening extends DoorsListening {
  readonly onAdminListening?: (address: AddressInfo) => void;
}

export const realAgentEdges = (config: AgentConfig): AgentEdges & { readonly log: LeveledLogger } => ({
  clock: systemClock,
  random: Math.random,
  log: createLogger("agent", config.logLevel),
  isNodeAddress: nodeAddresses(systemClock),
  onRotateNow: onHangup,
});

/**
 * Builds the agent from its settings.
 *
 * @returns what runs it until the signal aborts
 * @throws StartupError when a setting cannot be used
 */
export async function createAgent(
  config: AgentConfig,
  listening: AgentListening = {},
  edges: AgentEdges = realAgentEdges(config),
): Promise<Task> {
  const { clock, random, log, isNodeAddress, onRotateNow, lookup, variant = {} } = edges;
  const contract = loadContract(config.protoDirectory ?? sourceProtoDirectory());
  const tokenKeys = await openTokenKeys({ file: config.tokenKeyFile, clock, randomBytes, log });

  const registry = new Registry();
  observeProcess(registry, "rolecall_agent", VERSION);
  const readiness = new Readiness();
  const readToken = tokenFile(config.tokenFile, log);
  const judgeServer = (certificate: CertificateFacts) =>
    judgePeer(certificate, "server", { trustDomain: config.trustDomain, roleFrom: config.peerRoleFrom });
  const tls = nodeTls({
    config,
    judgeServer,
    contract,
    readToken,
    readiness,
    recorder: new CertificateMetrics(registry),
    tlsRecorder: new TlsMetrics(registry, "rolecall_agent"),
    clock,
    random,
    log,
  });
  observeCertificates(registry, "rolecall_agent", tls.source);
  const addressMetrics = new AddressMetrics(registry);

  const awsClock = new RemoteClock(clock);
  const shared = exchange(config.exchangeDir, clock, log);
  const instance = randomUUID();
  const announce = new AnnounceAgent(shared.target, {
    instance,
    startedAtMs: clock.nowMs(),
    hasContainerPort: config.containerCredentials,
  });

  const addresses = new PodAddresses({ isNodeAddress, onConflict: reportConflict(addressMetrics, log) });
  const view = new NodeView(() => addresses.localPods().map(({ podUid }) => podUid));
  feedAddresses(view, addresses);

  const interception = seenInterception({
    isOn: config.interception,
    instance,
    reports: shared.interception,
    podsWithRole: () => countReady(view, awsClock.nowMs()),
    readiness,
    registry,
    clock,
    log,
  });
  const currentReport = (): NodeReport => {
    const { drift, current } = interception.state;
    const { leaf } = tls.source.current ?? {};
    return {
      viewGeneration: servers.feed.state.kind === "live" ? servers.feed.state.generation : 0,
      podsWithAddress: addresses.podCount(),
      ...current,
      ...(drift && {
        drift: { times: drift.times, secondsSinceLast: Math.round(secondsSince(drift.lastAtMs, clock.nowMs())) },
      }),
      ...(leaf && { certificate: leaf }),
      ...(awsClock.isKnown && { clockAheadSeconds: Math.round(awsClock.offsetMs / 1_000) }),
    };
  };
  const servers = serverLinks({
    config,
    contract,
    tls: tls.source,
    judgeServer,
    readToken,
    lookup,
    view,
    addresses,
    onFailure: awaitFirstFeed(view, readiness),
    currentReport,
    registry,
    awsClock,
    clock,
    random,
    log,
  });
  const nodeMetadata = instanceMetadata({ endpoint: config.imdsEndpoint, clock, log });
  const doors = metadataDoors({
    config,
    instance,
    standings: new NodeStandings({ addresses, view, isNodeAddress, awsClock }),
    nodeMetadata,
    macs: tokenKeys.macs,
    isNodeAddress,
    announce,
    listening,
    keepAliveMs: variant.keepAliveMs ?? 0,
    recorder: variant.recorder ?? new MetadataMetrics(registry),
    clock,
    log,
  });

  observeCredentials(registry, "rolecall_agent", { held: () => view.credentials(), nowMs: () => awsClock.nowMs() });
  observeAgent(registry, {
    podsAreSilent: interception.podsAreSilent,
    podsWithAddress: () => addresses.podCount(),
    clockOffsetMs: () => awsClock.offsetMs,
    standings: () => countStandings(view, awsClock.nowMs()),
    feedStaleSeconds: () => secondsSince(servers.feed.staleSinceMs, awsClock.nowMs()),
    readiness,
  });

  const collect = fullCollection();
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };

  return async (signal) => {
    log.info({ version: VERSION, node: config.nodeName }, "the agent starts");
    const endRotation = onRotateNow(() => {
      log.info("reads its TLS files and connects anew, as it was told to");
      tls.look();
      servers.reconnect();
    });
    // Whatever made the keeper have the run before this one ended.
    shared.stuck.set(false);
    try {
      await runTogether(signal, [
        interception.run,
        runAfter(interception.whenStanding, doors),
        followAddresses({
          reports: shared.addresses,
          addresses,
          recorder: addressMetrics,
          onTaken: () => announce.progress({ hasAddresses: true }),
        }),
        awaitCredentials({ view, clock: awsClock, log, onLoaded: () => announce.progress({ hasView: true }) }),
        markReadiness(readiness, shared.ready),
        tls.run,
        runAfter(tls.whenUsable, servers.run),
        tokenKeys.rotate,
        ...(collect ? [idleCollection({ clock, cpuMs, collect })] : []),
        whenPortIsFree(
          opsServer({
            address: config.adminAddress,
            registry,
            readiness,
            ...(listening.onAdminListening && { onListening: listening.onAdminListening }),
          }),
          clock,
          log,
        ),
      ]);
    } finally {
      endRotation();
      servers.close();
      await nodeMetadata.close();
    }
    log.info("the agent has stopped");
  };
}

const secondsSince = (sinceMs: number | undefined, nowMs: number): number =>
  sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs) / 1_000;
