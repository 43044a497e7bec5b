import type { AddressInfo } from "node:net";
import { Readiness } from "@rolecall/common/health/readiness";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import { onHangup } from "@rolecall/common/lifecycle/hangup";
import { runAfter, runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { observeCredentials } from "@rolecall/common/telemetry/credential-metrics";
import { grpcMetrics } from "@rolecall/common/telemetry/grpc-metrics";
import { lineWriter } from "@rolecall/common/telemetry/line-writer";
import { createLogger, type LeveledLogger, type Logger } from "@rolecall/common/telemetry/logger";
import { opsServer } from "@rolecall/common/telemetry/ops-server";
import { observeProcess } from "@rolecall/common/telemetry/process-metrics";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { judgePeer } from "@rolecall/common/tls/peer-role";
import { VERSION } from "@rolecall/common/version";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import { Registry } from "prom-client";
import { AuditLines } from "./adapters/audit/audit-lines.ts";
import { resolveRegion } from "./adapters/aws/region.ts";
import { brokerServer } from "./adapters/grpc/broker-server.ts";
import { type BrokerServiceOptions, brokerService } from "./adapters/grpc/broker-service.ts";
import { timeCalls } from "./adapters/grpc/call-timing.ts";
import { enrollmentServer } from "./adapters/grpc/enrollment-server.ts";
import { enrollmentService } from "./adapters/grpc/enrollment-service.ts";
import { withFeedBytes } from "./adapters/grpc/feed-bytes.ts";
import { healthService } from "./adapters/grpc/health-service.ts";
import { loadKubeConfig } from "./adapters/kubernetes/kube-config.ts";
import { KubernetesHttpApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { KubernetesNodeTaints } from "./adapters/kubernetes/node-taints.ts";
import {
  ATTESTATION_PERMISSIONS,
  missingPermissions,
  pkiPermissions,
  REQUIRED_PERMISSIONS,
  STARTUP_TAINT_PERMISSION,
  TOKEN_KEY_PERMISSIONS,
} from "./adapters/kubernetes/preflight.ts";
import { observeServer, ServerMetrics } from "./adapters/telemetry/metrics.ts";
import { observeRoles } from "./adapters/telemetry/role-metrics.ts";
import { AuditHandOuts, type HandOuts, NO_AUDIT } from "./application/audit-hand-outs.ts";
import { countGrants } from "./application/count-grants.ts";
import { FindPodCredentials } from "./application/find-pod-credentials.ts";
import { tellEach } from "./application/fleet/recent-refusals.ts";
import { NodeFeed } from "./application/node-feed.ts";
import type { NodeReport } from "./application/node-reports.ts";
import { preflight } from "./application/preflight.ts";
import { Serving } from "./application/serving.ts";
import { StartupGate } from "./application/startup-gate.ts";
import { TellNodes } from "./application/tell-nodes.ts";
import { tellOfMissingRights } from "./application/tell-of-missing-rights.ts";
import { TellPods } from "./application/tell-pods.ts";
import { createAws } from "./composition-aws.ts";
import { watchCluster } from "./composition-cluster.ts";
import { createFleet } from "./composition-fleet.ts";
import { createGrants } from "./composition-grants.ts";
import { createPeers } from "./composition-peers.ts";
import { serverTls } from "./composition-tls.ts";
import type { PodInventory } from "./domain/pod/pod-inventory.ts";
import type { ServerConfig } from "./options.ts";

export interface ServerEdges {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back when the TLS files are to be read and every connection made anew, at once; the result ends that. */
  readonly onRotateNow: (listener: () => void) => () => void;
  /** Widens the validity of managed certificates, for a clock that TLS does not know. */
  readonly certificateSlackMs?: number;
}

export interface ServerListening {
  readonly onBrokerListening?: (port: number) => void;
  readonly onEnrollmentListening?: (port: number) => void;
  readonly onAdminListening?: (address: AddressInfo) => void;
  readonly onLocalApiListening?: (address: AddressInfo) => void;
}

export const realServerEdges = (config: ServerConfig): ServerEdges & { readonly log: LeveledLogger } => ({
  clock: systemClock,
  random: Math.random,
  log: createLogger("server", config.logLevel),
  env: process.env,
  onRotateNow: onHangup,
});

/**
 * Builds the server from its settings.
 *
 * @returns what runs it until the signal aborts
 * @throws StartupError when a setting cannot be used
 */
export async function createServer(
  config: ServerConfig,
  listening: ServerListening = {},
  edges: ServerEdges = realServerEdges(config),
): Promise<Task> {
  const { clock, random, log, env, onRotateNow } = edges;
  const contract = loadContract(config.protoDirectory ?? sourceProtoDirectory());
  const api = new KubernetesHttpApi(loadKubeConfig(config.kubeconfig, env));
  const region = await resolveRegion(config.region, env);

  const registry = new Registry();
  observeProcess(registry, "rolecall_server", VERSION);
  const peerRules = { trustDomain: config.trustDomain, roleFrom: config.peerRoleFrom };
  const recorder = new ServerMetrics(registry);
  const recordCall = grpcMetrics(
    registry,
    "rolecall_server",
    "Calls of agents from their arrival to their status, streams to their first message",
  );

  const readiness = new Readiness();
  const serving = new Serving(["pods", "namespaces", "role-base"]);
  const wait = (check: string, problem: string) => readiness.expect(check, problem);
  const pass = (check: string) => {
    readiness.report(check, undefined);
    serving.reached(check);
  };
  wait("pods", "not listed yet");
  wait("namespaces", "not listed yet");
  wait("role-base", "the account of short role names is not known yet");
  wait("rbac", "not checked yet");
  wait("aws-credentials", "not checked yet");

  const edge = { clock, random, log };
  const aws = createAws({ config, region, recorder, ...edge });
  const { awsClock, credentials } = aws;
  const cluster = watchCluster({ api, onListed: pass, registry, ...edge });
  const { pods, namespaces, podReader, events } = cluster;
  const grants = createGrants({
    config,
    namespaces,
    callerIdentity: aws.sts,
    onRoleBase: () => pass("role-base"),
    readiness,
    ...edge,
  });
  const { decide } = grants;
  const peers = createPeers({ config, api, pods, podReader, registry, ...edge });
  const { audit, identities, attestation } = peers;
  const { certificateSlackMs = 0 } = edges;
  const tls = serverTls({ config, api, attestation, audit, registry, readiness, certificateSlackMs, ...edge });
  const fleet = createFleet({
    config,
    region,
    serving,
    readiness,
    grants,
    cluster,
    aws,
    refusedPeers: peers.refused,
    tls: tls.source,
    onListening: listening.onLocalApiListening,
    clock,
    log,
  });
  const { feeds, reports } = fleet;

  const podTeller = new TellPods({ events, recorder, log, docsUrl: config.docsUrl });
  const nodeTeller = new TellNodes({ events, docsUrl: config.docsUrl, clock });
  pods.onRemove((uid) => podTeller.forget(uid));
  const verdicts = tellEach([podTeller, fleet.refusals]);
  const handOuts = config.auditLog === undefined ? NO_AUDIT : auditTo(config.auditLog, pods, clock, log);
  const gate = config.liftStartupTaint
    ? new StartupGate({
        taints: new KubernetesNodeTaints(api),
        clock,
        log,
        onOutcome: (outcome) => recorder.startupTaint(outcome),
      })
    : undefined;
  const onReport = (node: string, report: NodeReport) => {
    reports.record(node, report);
    nodeTeller.heard(node, report);
    void gate?.heard(node, report);
  };

  const permissions = preflight({
    missingPermissions: (signal) =>
      missingPermissions(api, signal, [
        ...REQUIRED_PERMISSIONS,
        ...(attestation ? ATTESTATION_PERMISSIONS : []),
        ...(attestation && config.offlineTokens ? TOKEN_KEY_PERMISSIONS : []),
        ...(config.liftStartupTaint ? [STARTUP_TAINT_PERMISSION] : []),
        ...(tls.nodeCertificates ? pkiPermissions(config.pkiObjects) : []),
      ]),
    report: (problem) => readiness.report("rbac", problem),
    onMissing: tellOfMissingRights({ pod: config.ownPod, events, docsUrl: config.docsUrl }),
    clock,
    log,
  });

  observeCredentials(registry, "rolecall_server", {
    held: () => credentials.states().flatMap((state) => ("credentials" in state ? [state.credentials] : [])),
    nowMs: () => awsClock.nowMs(),
  });
  if (config.metricsRoleArn) observeRoles(registry, () => credentials.needed());
  observeServer(registry, {
    pods: () => pods.size,
    grants: () =>
      countGrants(
        [...feeds.all()].flatMap(({ content }) => [...content.grants()]),
        awsClock.nowMs(),
      ),
    nodesWithoutAgent: () => fleet.missingAgents.count,
    hostNetworkPods: () => pods.countAskingOnHostNetwork(),
    assumptions: () => countBy(credentials.states(), ({ kind }) => kind),
    interception: () => reports.countByInterception(),
    stsQueueLength: () => aws.stsQueue.length,
    stsPerSecond: () => aws.budget.perSecond,
    clockOffsetMs: () => awsClock.offsetMs,
    watchStaleSeconds: cluster.staleSeconds,
    readiness,
  });

  return async (signal) => {
    const rotation = new Announcement();
    const endRotation = onRotateNow(() => {
      log.info("reads its TLS files and has every agent connect anew, as it was told to");
      tls.look();
      rotation.announce();
    });
    const broker: Omit<BrokerServiceOptions, "certificateOf"> = {
      feeds,
      openFeed: (node, held) =>
        new NodeFeed(node, held, { pods, namespaces, credentials, decide, verdicts, handOuts, awsClock }),
      find: new FindPodCredentials({
        pods,
        namespaces,
        reader: podReader,
        credentials,
        decide,
        handOuts,
        awsClock,
        clock,
      }),
      onReport,
      identify: peers.identify,
      holdIdentity: (identity, onEnd) => identities.hold(identity, onEnd),
      onRotateNow: rotation.on,
      isServing: () => serving.isServing,
      awsClock,
      recorder,
      log,
      serverVersion: VERSION,
      stopping: signal,
    };
    const health = healthService(
      () => serving.isServing,
      (listener) => serving.onChange(listener),
      signal,
    );
    const listeners = [
      brokerServer({
        address: config.listenAddress,
        tls: tls.source,
        judge: (certificate) => judgePeer(certificate, "agent", peerRules),
        audit,
        services: (listener) => [
          [
            withFeedBytes(contract.Broker.service, (bytes) => recorder.feedBytesSent(bytes)),
            brokerService({ ...broker, certificateOf: (peer) => listener.certificateOf(peer) }),
          ],
          [contract.Health.service, health],
        ],
        onRotateNow: rotation.on,
        maxConnectionAgeMs: config.maxConnectionAge,
        interceptors: [timeCalls(recordCall)],
        ...(listening.onBrokerListening && { onListening: listening.onBrokerListening }),
      }),
    ];
    if (tls.nodeCertificates) {
      listeners.push(
        enrollmentServer({
          address: config.enrollmentAddress,
          tls: tls.source,
          audit,
          contract,
          service: enrollmentService(tls.nodeCertificates, log),
          ...(listening.onEnrollmentListening && { onListening: listening.onEnrollmentListening }),
        }),
      );
    }
    log.info({ version: VERSION, region }, "the server starts");
    await runTogether(signal, [
      ...tls.tasks,
      ...cluster.tasks,
      grants.run,
      ...aws.tasks,
      ...peers.tasks,
      permissions,
      ...fleet.tasks,
      runAfter(tls.whenUsable, (stopping) => runTogether(stopping, listeners)),
      opsServer({
        address: config.adminAddress,
        registry,
        readiness,
        ...(listening.onAdminListening && { onListening: listening.onAdminListening }),
      }),
    ]);
    endRotation();
    log.info("the server has stopped");
  };
}

function auditTo(target: string, pods: PodInventory, clock: Clock, log: Logger): HandOuts {
  const onError = (error: unknown) => log.error({ err: error }, "the audit log cannot be written");
  const trail = new AuditHandOuts(new AuditLines(lineWriter(target, "--audit-log", onError), clock));
  pods.onRemove((uid) => trail.forget(uid));
  return trail;
}

function countBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
