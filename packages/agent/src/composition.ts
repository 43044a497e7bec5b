import { randomBytes, randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Readiness } from "@rolecall/common/health/readiness";
import { onHangup } from "@rolecall/common/lifecycle/hangup";
import { aborted, runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { whenPortIsFree } from "@rolecall/common/net/when-port-is-free";
import { observeCredentials } from "@rolecall/common/telemetry/credential-metrics";
import { grpcMetrics } from "@rolecall/common/telemetry/grpc-metrics";
import { createLogger, type LeveledLogger, type Logger } from "@rolecall/common/telemetry/logger";
import { opsServer } from "@rolecall/common/telemetry/ops-server";
import { observeProcess } from "@rolecall/common/telemetry/process-metrics";
import { observeCertificates, TlsMetrics } from "@rolecall/common/telemetry/tls-metrics";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { RemoteClock } from "@rolecall/common/time/remote-clock";
import type { CertificateFacts } from "@rolecall/common/tls/certificate-facts";
import { clientCredentials } from "@rolecall/common/tls/grpc-credentials";
import { judgePeer } from "@rolecall/common/tls/peer-role";
import { VERSION } from "@rolecall/common/version";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { Registry } from "prom-client";
import { timeCalls } from "./adapters/broker/call-timing.ts";
import { limitConnectionAge } from "./adapters/broker/connection-age.ts";
import { GrpcBroker } from "./adapters/broker/grpc-broker.ts";
import { GrpcOtherServers } from "./adapters/broker/grpc-other-servers.ts";
import type { LookupServers } from "./adapters/broker/server-channel.ts";
import { tokenFile } from "./adapters/broker/token-file.ts";
import { exchange } from "./adapters/exchange/exchange.ts";
import { metadataServer } from "./adapters/http/metadata-server.ts";
import { fullCollection } from "./adapters/node/full-collection.ts";
import { idleCollection } from "./adapters/node/idle-collection.ts";
import { nodeAddresses } from "./adapters/node/node-addresses.ts";
import { AddressMetrics } from "./adapters/telemetry/address-metrics.ts";
import { CertificateMetrics } from "./adapters/telemetry/certificate-metrics.ts";
import { FeedMetrics } from "./adapters/telemetry/feed-metrics.ts";
import { InterceptionMetrics } from "./adapters/telemetry/interception-metrics.ts";
import { MetadataMetrics } from "./adapters/telemetry/metadata-metrics.ts";
import { observeAgent } from "./adapters/telemetry/observe-agent.ts";
import { openTokenKeys } from "./adapters/token-key/token-keys.ts";
import { instanceMetadata } from "./adapters/upstream/instance-metadata.ts";
import { AnnounceAgent } from "./application/announce-agent.ts";
import { answerContainerCredentials } from "./application/answer-container-credentials.ts";
import { answerMetadata } from "./application/answer-metadata.ts";
import { answerSelfProbe } from "./application/answer-self-probe.ts";
import { askForPods } from "./application/ask-for-pods.ts";
import { askOtherServers } from "./application/ask-other-servers.ts";
import { awaitCredentials } from "./application/await-credentials.ts";
import { countReady, countStandings } from "./application/count-standings.ts";
import { followAddresses, reportConflict } from "./application/follow-addresses.ts";
import { followInterception } from "./application/follow-interception.ts";
import { FollowNode } from "./application/follow-node.ts";
import { InterceptionState } from "./application/interception-state.ts";
import { markReadiness } from "./application/mark-readiness.ts";
import { feedAddresses, NodeStandings } from "./application/node-standings.ts";
import { noticeSilence } from "./application/notice-silence.ts";
import type { NodeReport } from "./application/ports/broker.ts";
import type { MetadataRecorder } from "./application/ports/metadata-recorder.ts";
import { reportNode } from "./application/report-node.ts";
import { nodeTls } from "./composition-tls.ts";
import type { AgentConfig } from "./config.ts";
import { PodAddresses } from "./domain/address/pod-addresses.ts";
import { feedProblem } from "./domain/credentials/feed-problem.ts";
import { NodeView } from "./domain/credentials/node-view.ts";
import { DEFAULT_LEAVES, metadataCatalogue, parseAllowedLeaf } from "./domain/imds/allow-list.ts";
import { CONTAINER_HOSTS } from "./domain/imds/container-credentials.ts";
import { hostAllowList } from "./domain/imds/request-hygiene.ts";

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

export interface AgentListening {
  readonly onMetadataListening?: (address: AddressInfo) => void;
  readonly onContainerListening?: (address: AddressInfo) => void;
  readonly onAdminListening?: (address: AddressInfo) => void;
}

export const realAgentEdges = (config: AgentConfig): AgentEdges & { readonly log: LeveledLogger } => ({
  clock: systemClock,
  random: Math.random,
  log: createLogger("agent", config.logLevel),
  isNodeAddress: nodeAddresses(systemClock),
  onRotateNow: onHangup,
});

const FEED_CHECK = "feed";

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
  const { serverAddress, metadataAddress } = config;
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
  const recordCall = grpcMetrics(
    registry,
    "rolecall_agent",
    "Calls to the servers until their status, streams until their first message",
  );
  const feedMetrics = new FeedMetrics(registry);
  const addressMetrics = new AddressMetrics(registry);
  const metadataRecorder = variant.recorder ?? new MetadataMetrics(registry);
  const interception = new InterceptionState(config.interception, new InterceptionMetrics(registry));

  const awsClock = new RemoteClock(clock);
  const shared = exchange(config.exchangeDir, clock, log);
  const instance = randomUUID();
  const announce = new AnnounceAgent(shared.target, {
    instance,
    startedAtMs: clock.nowMs(),
    hasContainerPort: config.containerCredentials,
  });

  const view = new NodeView(() => addresses.localPods().map(({ podUid }) => podUid));
  const addresses = new PodAddresses({ isNodeAddress, onConflict: reportConflict(addressMetrics, log) });
  feedAddresses(view, addresses);

  const toServers = {
    contract,
    serverAddress,
    random,
    serverName: config.serverName,
    credentials: clientCredentials(tls.source, judgeServer),
    readToken,
    nodeName: config.nodeName ?? "",
    interceptors: [timeCalls(recordCall)],
    ...(lookup && { lookup }),
  };
  const broker = new GrpcBroker({ ...toServers, agentVersion: VERSION });
  const others = new GrpcOtherServers({ ...toServers, clock, feedingPeer: () => broker.feedingPeer });
  const feed = new FollowNode({
    broker,
    view,
    clock: awsClock,
    random,
    recorder: feedMetrics,
    onFailure: (ending) => !view.hasSnapshot && readiness.report(FEED_CHECK, feedProblem(ending)),
    log,
  });
  readiness.expect(FEED_CHECK, "no server has fed this node yet");
  const endOfWait = view.onChange((change) => {
    if (change.kind !== "snapshot") return;
    readiness.report(FEED_CHECK, undefined);
    endOfWait();
  });

  const nodeMetadata = instanceMetadata({ endpoint: config.imdsEndpoint, clock, log });
  const extraLeaves = config.imdsAllow
    .map(parseAllowedLeaf)
    .flatMap((leaf) => (leaf.kind === "allowed" ? [leaf.path] : []));
  const standings = new NodeStandings({ addresses, view, isNodeAddress, awsClock });
  const monotonicMs = () => performance.now();
  const answer = answerMetadata({
    standings,
    nodeMetadata,
    catalogue: metadataCatalogue([...DEFAULT_LEAVES, ...extraLeaves]),
    hosts: hostAllowList(config.metadataHosts),
    tokens: config.imdsTokens,
    tokensByNamespace: config.imdsTokensByNamespace,
    macs: tokenKeys.macs,
    clock,
    monotonicMs,
    recorder: metadataRecorder,
  });
  const answerContainers = answerContainerCredentials({
    standings,
    hosts: hostAllowList(config.metadataHosts, CONTAINER_HOSTS),
    clock,
    monotonicMs,
    recorder: metadataRecorder,
  });

  const currentReport = (): NodeReport => {
    const { drift } = interception;
    const { leaf } = tls.source.current ?? {};
    return {
      viewGeneration: feed.state.kind === "live" ? feed.state.generation : 0,
      podsWithAddress: addresses.podCount(),
      ...interception.current,
      ...(drift && {
        drift: { times: drift.times, secondsSinceLast: Math.round(secondsSince(drift.lastAtMs, clock.nowMs())) },
      }),
      ...(leaf && { certificate: leaf }),
      ...(awsClock.isKnown && { clockAheadSeconds: Math.round(awsClock.offsetMs / 1_000) }),
    };
  };
  observeCredentials(registry, "rolecall_agent", { held: () => view.credentials(), nowMs: () => awsClock.nowMs() });
  let podsAreSilent = false;
  observeAgent(registry, {
    podsAreSilent: () => podsAreSilent,
    podsWithAddress: () => addresses.podCount(),
    clockOffsetMs: () => awsClock.offsetMs,
    standings: () => countStandings(view, awsClock.nowMs()),
    feedStaleSeconds: () => secondsSince(feed.staleSinceMs, awsClock.nowMs()),
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
      broker.reconnect();
    });
    // Whatever made the keeper have the run before this one ended.
    shared.stuck.set(false);
    // The address to listen on is one that the keeper's first pass over the rules makes.
    const rulesStand = Promise.withResolvers<void>();
    if (!config.interception) rulesStand.resolve();
    const { keepAliveMs = 0 } = variant;
    const served = { recorder: metadataRecorder, log, keepAliveMs, orAnyPort: config.interception };
    const portOfMetadata = Promise.withResolvers<number>();
    const doors: Task[] = [
      metadataServer({
        ...served,
        addresses: [metadataAddress],
        flag: "--metadata-address",
        answer: answerSelfProbe(instance, answer),
        onListening([bound]) {
          if (!bound) return;
          portOfMetadata.resolve(bound.port);
          announce.progress({ port: bound.port });
          listening.onMetadataListening?.(bound);
        },
      }),
    ];
    const { metadataAddress6 } = config;
    if (metadataAddress6 !== undefined)
      doors.push(async (stopping) => {
        const port = await Promise.race([portOfMetadata.promise, aborted(stopping)]);
        if (!port) return;
        if (!isNodeAddress(metadataAddress6)) {
          log.warn({ address: metadataAddress6 }, "this node has no such address, so no request comes by IPv6");
          return;
        }
        // Where the rules of IPv4 lead, those of IPv6 do.
        const address = { host: metadataAddress6, port };
        await metadataServer({
          ...served,
          orAnyPort: false,
          addresses: [address],
          flag: "--metadata-address6",
          answer,
        })(stopping);
      });
    if (config.containerCredentials) {
      doors.push(
        metadataServer({
          ...served,
          addresses: [{ host: metadataAddress.host, port: config.containerPort }],
          flag: "--container-port",
          answer: answerContainers,
          onListening([bound]) {
            if (!bound) return;
            announce.progress({ containerPort: bound.port });
            listening.onContainerListening?.(bound);
          },
        }),
      );
    }
    const ofServers: Task[] = [
      limitConnectionAge({ broker, maxAgeMs: config.maxConnectionAge, clock, random }),
      feed.run,
      askForPods({ broker, view, addresses, clock: awsClock, random, recorder: feedMetrics, log }),
      askOtherServers({ others, view, clock: awsClock, random, recorder: feedMetrics, log }),
      reportNode({ broker, current: currentReport, awsClock, clock, log }),
    ];
    try {
      await runTogether(signal, [
        ...(config.interception
          ? [
              followInterception({
                instance,
                reports: shared.interception,
                recorder: interception,
                readiness,
                clock,
                onStanding: rulesStand.resolve,
              }),
              noticeSilence({
                podsWithRole: () => countReady(view, awsClock.nowMs()),
                interceptedConnections: () => interception.current.interceptedConnections,
                facts: () => interception.silenceFacts,
                report: (silent) => {
                  podsAreSilent = silent;
                },
                logger: log,
                clock,
              }),
            ]
          : []),
        async (stopping) => {
          await Promise.race([rulesStand.promise, aborted(stopping)]);
          if (!stopping.aborted) await runTogether(stopping, doors);
        },
        followAddresses({
          reports: shared.addresses,
          addresses,
          recorder: addressMetrics,
          onTaken: () => announce.progress({ hasAddresses: true }),
        }),
        awaitCredentials({ view, clock: awsClock, log, onLoaded: () => announce.progress({ hasView: true }) }),
        markReadiness(readiness, shared.ready),
        tls.run,
        async (stopping) => {
          await Promise.race([tls.whenUsable, aborted(stopping)]);
          if (!stopping.aborted) await runTogether(stopping, ofServers);
        },
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
      broker.close();
      others.rest();
      await nodeMetadata.close();
    }
    log.info("the agent has stopped");
  };
}

const secondsSince = (sinceMs: number | undefined, nowMs: number): number =>
  sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs) / 1_000;
