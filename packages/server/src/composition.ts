import type { AddressInfo } from "node:net";
import { Readiness } from "@rolecall/common/health/readiness";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import { onHangup } from "@rolecall/common/lifecycle/hangup";
import { aborted, runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { observeCredentials } from "@rolecall/common/telemetry/credential-metrics";
import { grpcMetrics } from "@rolecall/common/telemetry/grpc-metrics";
import { lineWriter } from "@rolecall/common/telemetry/line-writer";
import { createLogger, type LeveledLogger, type Logger } from "@rolecall/common/telemetry/logger";
import { opsServer } from "@rolecall/common/telemetry/ops-server";
import { observeProcess } from "@rolecall/common/telemetry/process-metrics";
import { observeCertificates, TlsMetrics } from "@rolecall/common/telemetry/tls-metrics";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { FollowedTlsFiles } from "@rolecall/common/tls/followed-tls-files";
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
import { ClusterEvents } from "./adapters/kubernetes/cluster-events.ts";
import { loadKubeConfig } from "./adapters/kubernetes/kube-config.ts";
import { KubernetesHttpApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { KubernetesNodeTaints } from "./adapters/kubernetes/node-taints.ts";
import { KubernetesPodReader } from "./adapters/kubernetes/pod-reader.ts";
import {
  ATTESTATION_PERMISSIONS,
  missingPermissions,
  pkiPermissions,
  REQUIRED_PERMISSIONS,
  STARTUP_TAINT_PERMISSION,
  TOKEN_KEY_PERMISSIONS,
} from "./adapters/kubernetes/preflight.ts";
import { Reflector } from "./adapters/kubernetes/reflector.ts";
import { NAMESPACES, PODS } from "./adapters/kubernetes/watched-resource.ts";
import { localApiServer } from "./adapters/local-api/local-api-server.ts";
import { observeServer, ServerMetrics } from "./adapters/telemetry/metrics.ts";
import { observeTokenKeys, PeerMetrics } from "./adapters/telemetry/peer-metrics.ts";
import { PkiMetrics } from "./adapters/telemetry/pki-metrics.ts";
import { observeRoles } from "./adapters/telemetry/role-metrics.ts";
import { WatchMetrics } from "./adapters/telemetry/watch-metrics.ts";
import { AgentIdentities } from "./application/agent-identities.ts";
import { AuditHandOuts, type HandOuts, NO_AUDIT } from "./application/audit-hand-outs.ts";
import { checkOwnCredentials } from "./application/check-own-credentials.ts";
import { countGrants } from "./application/count-grants.ts";
import { FindPodCredentials } from "./application/find-pod-credentials.ts";
import { describeFleet } from "./application/fleet/describe-fleet.ts";
import { describePod } from "./application/fleet/describe-pod.ts";
import { OpenFeeds } from "./application/fleet/open-feeds.ts";
import { RecentRefusals, tellEach } from "./application/fleet/recent-refusals.ts";
import { RefusedPeers } from "./application/fleet/refused-peers.ts";
import { TryAssumption } from "./application/fleet/try-assumption.ts";
import { identifyByCertificate, identifyByToken } from "./application/identify-node.ts";
import { MissingAgents } from "./application/missing-agents.ts";
import { NodeFeed } from "./application/node-feed.ts";
import { type NodeReport, NodeReports } from "./application/node-reports.ts";
import { PeerAudit } from "./application/peer-audit.ts";
import { preflight } from "./application/preflight.ts";
import { Serving } from "./application/serving.ts";
import { StartupGate } from "./application/startup-gate.ts";
import { TellNodes } from "./application/tell-nodes.ts";
import { tellOfMissingRights } from "./application/tell-of-missing-rights.ts";
import { TellPods } from "./application/tell-pods.ts";
import { agentAttestation } from "./composition-attestation.ts";
import { createAws } from "./composition-aws.ts";
import { fleetSources } from "./composition-fleet.ts";
import { type ManagedPki, managedPki, pkiObjects } from "./composition-pki.ts";
import { ownPod, type ServerConfig, sessionTagRules } from "./config.ts";
import { NamespaceInventory } from "./domain/namespace/namespace-inventory.ts";
import type { Pod } from "./domain/pod/pod.ts";
import { PodInventory } from "./domain/pod/pod-inventory.ts";
import { decideGrant, type GrantRules } from "./domain/policy/decide-grant.ts";
import { MAX_CHAINED_SECONDS } from "./domain/role/role-chaining.ts";
import { baseArnFromCallerIdentity, parseBaseArn } from "./domain/role/role-reference.ts";

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
  const tlsRecorder = new TlsMetrics(registry, "rolecall_server");
  const peerRules = { trustDomain: config.trustDomain, roleFrom: config.peerRoleFrom };
  const recorder = new ServerMetrics(registry);
  const peerMetrics = new PeerMetrics(registry);
  const refusedPeers = new RefusedPeers(clock);
  const audit = new PeerAudit({
    clock,
    recorder: peerMetrics,
    onRefused: (address, reason) => refusedPeers.refused(address, reason),
    log,
  });
  const watchMetrics = new WatchMetrics(registry);
  const recordCall = grpcMetrics(
    registry,
    "rolecall_server",
    "Calls of agents from their arrival to their status, streams to their first message",
  );

  const aws = createAws({ config, region, recorder, clock, random, log });
  const { awsClock, sts, stsQueue, credentials } = aws;
  const pods = new PodInventory();
  const namespaces = new NamespaceInventory();
  const events = new ClusterEvents({ api, clock, log, onOutcome: (outcome) => watchMetrics.eventEnded(outcome) });
  const refusals = new RecentRefusals(clock);
  const podTeller = new TellPods({ events, recorder, log, docsUrl: config.docsUrl });
  const nodeTeller = new TellNodes({ events, docsUrl: config.docsUrl, clock });
  pods.onRemove((uid) => podTeller.forget(uid));
  const handOuts = config.auditLog === undefined ? NO_AUDIT : auditTo(config.auditLog, pods, clock, log);
  const verdicts = tellEach([podTeller, refusals]);
  const feeds = new OpenFeeds(clock);
  const reports = new NodeReports(clock, log);

  const configuredBase = config.roleBaseArn === undefined ? undefined : parseBaseArn(config.roleBaseArn);
  const sessionSeconds = Math.floor(config.sessionDuration / 1_000);
  const tagRules = sessionTagRules(config);
  let rules: GrantRules = {
    baseArn: configuredBase?.kind === "valid" ? configuredBase.value : undefined,
    defaultDurationSeconds: sessionSeconds,
    maxDurationSeconds: Math.max(sessionSeconds, MAX_CHAINED_SECONDS),
    ...(tagRules && { sessionTags: tagRules }),
    readsAllowedRoles: config.allowedRoles,
  };
  let knownCallerArn: string | undefined;
  const decide = (pod: Pod) => decideGrant(pod, namespaces.get(pod.namespace), rules);

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
  if (rules.baseArn) pass("role-base");

  const reflected = { api, recorder: watchMetrics, clock, random, log };
  const podWatch = new Reflector({ ...reflected, resource: PODS, sink: pods, onSynced: () => pass("pods") });
  const namespaceWatch = new Reflector({
    ...reflected,
    resource: NAMESPACES,
    sink: namespaces,
    onSynced: () => pass("namespaces"),
  });
  const ownCredentials = checkOwnCredentials({
    callerIdentity: sts,
    sessionSeconds,
    onIdentity: (callerArn) => {
      knownCallerArn = callerArn;
      if (rules.baseArn) return;
      const baseArn = baseArnFromCallerIdentity(callerArn);
      if (!baseArn) {
        readiness.report(
          "role-base",
          `${callerArn} names no account; set --role-base-arn (chart value aws.roleBaseArn)`,
        );
        return;
      }
      rules = { ...rules, baseArn };
      log.info(
        { accountId: baseArn.accountId, partition: baseArn.partition },
        "short role names belong to this account",
      );
      pass("role-base");
    },
    report: (problem) => readiness.report("aws-credentials", problem),
    clock,
    random,
    log,
  });
  const podReader = new KubernetesPodReader(api);
  const identities = new AgentIdentities(pods, clock);
  const attested = agentAttestation({
    config,
    api,
    pods,
    podReader,
    identities,
    onProven: (proof) => peerMetrics.tokenProven(proof),
    clock,
    random,
    log,
  });
  const { attestation } = attested;
  observeTokenKeys(registry, attested.keyCount);
  const identify = attestation
    ? identifyByToken({ attestation, identities, audit, log })
    : identifyByCertificate(audit);
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

  const pkiRecorder = new PkiMetrics(registry, () => pki?.state());
  const pki: ManagedPki | undefined =
    config.tlsMode === "managed" && attestation
      ? managedPki({
          config,
          api,
          attestation,
          audit,
          recorder: pkiRecorder,
          tlsRecorder,
          readiness,
          clock,
          random,
          log,
          certificateSlackMs: edges.certificateSlackMs ?? 0,
        })
      : undefined;
  const tls = pki ?? tlsOfFiles({ config, clock, recorder: tlsRecorder, log });
  observeCertificates(registry, "rolecall_server", tls.source);
  const permissions = preflight({
    missingPermissions: (signal) =>
      missingPermissions(api, signal, [
        ...REQUIRED_PERMISSIONS,
        ...(attestation ? ATTESTATION_PERMISSIONS : []),
        ...(attestation && config.offlineTokens ? TOKEN_KEY_PERMISSIONS : []),
        ...(config.liftStartupTaint ? [STARTUP_TAINT_PERMISSION] : []),
        ...(pki ? pkiPermissions(pkiObjects(config)) : []),
      ]),
    report: (problem) => readiness.report("rbac", problem),
    onMissing: tellOfMissingRights({ pod: ownPod(config), events, docsUrl: config.docsUrl }),
    clock,
    log,
  });

  const missingAgents = new MissingAgents({
    pods: () => pods.all(),
    connected: () => feeds.all(),
    reports: () => reports.all(),
    missingAfterMs: config.agentMissingAfter,
    events,
    docsUrl: config.docsUrl,
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
    nodesWithoutAgent: () => missingAgents.count,
    hostNetworkPods: () => pods.countAskingOnHostNetwork(),
    assumptions: () => countBy(credentials.states(), ({ kind }) => kind),
    interception: () => reports.countByInterception(),
    stsQueueLength: () => stsQueue.length,
    stsPerSecond: () => aws.budget.perSecond,
    clockOffsetMs: () => awsClock.offsetMs,
    watchStaleSeconds: () =>
      new Map([
        [PODS.name, staleSeconds(podWatch.staleSinceMs, clock.nowMs())],
        [NAMESPACES.name, staleSeconds(namespaceWatch.staleSinceMs, clock.nowMs())],
      ]),
    readiness,
  });

  const fleet = fleetSources({
    region,
    startedAtMs: clock.nowMs(),
    serving,
    readiness,
    rules: () => rules,
    callerArn: () => knownCallerArn,
    pods,
    namespaces,
    decide,
    credentials,
    feeds,
    reports,
    refusals,
    refusedPeers,
    tls: tls.source,
    awsClock,
  });
  const attempts = new TryAssumption(fleet, stsQueue, clock);

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
      identify,
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
    if (pki) {
      listeners.push(
        enrollmentServer({
          address: config.enrollmentAddress,
          tls: pki.source,
          audit,
          contract,
          service: enrollmentService(pki.certificates, log),
          ...(listening.onEnrollmentListening && { onListening: listening.onEnrollmentListening }),
        }),
      );
    }
    log.info({ version: VERSION, region }, "the server starts");
    await runTogether(signal, [
      ...tls.tasks,
      podWatch.run,
      namespaceWatch.run,
      ownCredentials,
      ...aws.tasks,
      ...attested.tasks,
      permissions,
      events.run,
      missingAgents.run,
      async (stopping) => {
        await Promise.race([tls.whenUsable, aborted(stopping)]);
        if (!stopping.aborted) await runTogether(stopping, listeners);
      },
      localApiServer({
        address: config.localApiAddress,
        fleet: () => describeFleet(fleet),
        pod: (namespace, name) => describePod(fleet, namespace, name),
        tryAssumption: (namespace, name, deadline) => attempts.try(namespace, name, deadline),
        ...(listening.onLocalApiListening && { onListening: listening.onLocalApiListening }),
      }),
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

interface TlsFilesOptions {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly recorder: TlsMetrics;
  readonly log: Logger;
}

function tlsOfFiles({ config, clock, recorder, log }: TlsFilesOptions) {
  const files = { certificateFile: config.tlsCert, keyFile: config.tlsKey, caFile: config.tlsCa };
  const source = new FollowedTlsFiles({ files, clock, recorder, log });
  return { source, tasks: [source.run], look: () => source.look(), whenUsable: Promise.resolve() };
}

const staleSeconds = (sinceMs: number | undefined, nowMs: number): number =>
  sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs) / 1_000;

function countBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
